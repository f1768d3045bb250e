import { ipv4FromBytes, ipv4ToBytes, parseIpv4 } from './ipv4.js';

/** An IPv6 address in the canonical form of RFC 5952 (lower case, longest run of zeros shortened), without a zone. */
export type Ipv6 = string & { readonly __kind: 'ipv6' };

const BYTES = 16;
const GROUPS = 8;

/**
 * Reads every form of RFC 4291 §2.2, also with a dotted tail; a zone (`%eth0`) is refused.
 * @returns the address in canonical form, or null when the text is none.
 */
export function parseIpv6(text: string): Ipv6 | null {
  if (text.length > 45) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groups(halves[0] ?? '');
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (head === null || tail === null) return null;
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return canonical([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

/** The groups of one side of `::`, or null. A dotted tail counts as two; it may only stand at the end. */
function groups(text: string): number[] | null {
  if (text === '') return [];
  const found: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      found.push(Number.parseInt(part, 16));
      continue;
    }
    const dotted = i === parts.length - 1 ? parseIpv4(part) : null;
    if (dotted === null) return null;
    const bytes = new Uint8Array(4);
    ipv4ToBytes(dotted, bytes);
    found.push(((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0));
  }
  return found;
}

/** RFC 5952 §4: the longest run of two zeros or more is shortened, the first of equals; v4-mapped ones end dotted (§5). */
function canonical(of: readonly number[]): Ipv6 {
  if (of.slice(0, 5).every((g) => g === 0) && of[5] === 0xffff) {
    const [a = 0, b = 0] = of.slice(6);
    return `::ffff:${ipv4FromBytes(Uint8Array.of(a >> 8, a & 0xff, b >> 8, b & 0xff))}` as Ipv6;
  }
  let start = -1;
  let length = 1;
  for (let i = 0; i < GROUPS; i += 1) {
    let run = 0;
    while (i + run < GROUPS && of[i + run] === 0) run += 1;
    if (run > length) [start, length] = [i, run];
    if (run > 0) i += run - 1;
  }
  const hex = of.map((g) => g.toString(16));
  if (start < 0) return hex.join(':') as Ipv6;
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}` as Ipv6;
}

/** The 16 bytes at `offset` as an address. */
export function ipv6FromBytes(bytes: Uint8Array, offset = 0): Ipv6 {
  const of: number[] = [];
  for (let i = 0; i < BYTES; i += 2) of.push(((bytes[offset + i] ?? 0) << 8) | (bytes[offset + i + 1] ?? 0));
  return canonical(of);
}

/** Writes the 16 bytes of `address` at `offset`. */
export function ipv6ToBytes(address: Ipv6, into: Uint8Array, offset = 0): void {
  const [before = '', after] = address.split('::');
  const head = groups(before) ?? [];
  const tail = after === undefined ? [] : (groups(after) ?? []);
  into.fill(0, offset, offset + BYTES);
  const write = (list: readonly number[], from: number): void => {
    for (const [i, group] of list.entries()) {
      into[offset + 2 * (from + i)] = group >> 8;
      into[offset + 2 * (from + i) + 1] = group & 0xff;
    }
  };
  write(head, 0);
  write(tail, GROUPS - tail.length);
}

/** fe80::/10 (RFC 4291 §2.5.6). */
export const isLinkLocal = (address: Ipv6): boolean => /^fe[89ab][0-9a-f]:/.test(address);
