import { ipFromBytes } from '../values/ip.js';
import { readDnsName } from './dns-name.js';

/** The types that a check can ask for, with their numbers (RFC 1035 §3.2.2, RFC 3596, RFC 2782). */
export const DNS_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
} as const;
export type DnsType = keyof typeof DNS_TYPES;

/** What it is, with its bytes at `start` to `end` of a message. */
type Reader = (message: Uint8Array, start: number, end: number) => string | null;

const u16 = (m: Uint8Array, at: number): number => ((m[at] ?? 0) << 8) | (m[at + 1] ?? 0);
const u32 = (m: Uint8Array, at: number): number => u16(m, at) * 0x1_0000 + u16(m, at + 2);

/** A name that ends exactly where the data does. */
function nameAt(message: Uint8Array, start: number, end: number): string | null {
  const read = readDnsName(message, start);
  return read !== null && read.end === end ? read.name : null;
}

const READERS: Readonly<Record<DnsType, Reader>> = {
  A: (m, start, end) => (end - start === 4 ? ipFromBytes(4, m, start) : null),
  AAAA: (m, start, end) => (end - start === 16 ? ipFromBytes(6, m, start) : null),
  NS: nameAt,
  CNAME: nameAt,
  PTR: nameAt,
  MX: (m, start, end) => behind(start + 2 <= end ? `${u16(m, start)} ` : null, nameAt(m, start + 2, end)),
  SRV: (m, start, end) =>
    behind(
      start + 6 <= end ? `${u16(m, start)} ${u16(m, start + 2)} ${u16(m, start + 4)} ` : null,
      nameAt(m, start + 6, end),
    ),
  SOA: (m, start, end) => {
    const primary = readDnsName(m, start);
    const mailbox = primary === null ? null : readDnsName(m, primary.end);
    if (primary === null || mailbox === null || mailbox.end + 20 !== end) return null;
    const numbers = [0, 4, 8, 12, 16].map((at) => u32(m, mailbox.end + at));
    return [primary.name, mailbox.name, ...numbers].join(' ');
  },
  TXT: (m, start, end) => {
    let text = '';
    for (let at = start; at < end; ) {
      const length = m[at] ?? 0;
      if (at + 1 + length > end) return null;
      text += Buffer.from(m.subarray(at + 1, at + 1 + length)).toString('utf8');
      at += 1 + length;
    }
    return text;
  },
};

const behind = (front: string | null, name: string | null): string | null =>
  front === null || name === null ? null : front + name;

/**
 * A record's data as a zone file would have it, names in lower case with their root: `10 mail.example.org.` of an MX;
 * the texts of a TXT joined, without quotes.
 * @returns null where it is malformed.
 */
export const readRecord = (type: DnsType, message: Uint8Array, start: number, end: number): string | null =>
  READERS[type](message, start, end);
