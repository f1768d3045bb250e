import { DNS_RCODES } from '../values/dns.js';
import type { Labels } from '../values/domain-name.js';
import { encodeDnsName, readDnsName } from './dns-name.js';
import { DNS_TYPES, type DnsType, readRecord } from './dns-record.js';

/** What is asked. */
export interface DnsQuestion {
  readonly name: Labels;
  readonly type: DnsType;
  /** RD: whether the server is to ask others (RFC 1035 §4.1.1). */
  readonly recurse: boolean;
}

const HEADER = 12;
const IN = 1;
/** So many records of an answer are looked at; what a check expects is never behind that. */
const RECORD_LIMIT = 256;

/** A query for UDP; the first two bytes, its id, are 0 and set for each attempt by {@link withId}. */
export function encodeQuery({ name, type, recurse }: DnsQuestion): Uint8Array {
  const labels = encodeDnsName(name);
  const bytes = new Uint8Array(HEADER + labels.length + 4);
  bytes[2] = recurse ? 0x01 : 0;
  bytes[5] = 1;
  bytes.set(labels, HEADER);
  bytes[bytes.length - 3] = DNS_TYPES[type];
  bytes[bytes.length - 1] = IN;
  return bytes;
}

/** The same query with an id of its own, 0 to 65535. */
export function withId(query: Uint8Array, id: number): Uint8Array {
  const bytes = query.slice();
  bytes[0] = id >> 8;
  bytes[1] = id & 0xff;
  return bytes;
}

/** For TCP a message stands behind its length (RFC 1035 §4.2.2). */
export function framed(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + message.length);
  bytes[0] = message.length >> 8;
  bytes[1] = message.length & 0xff;
  bytes.set(message, 2);
  return bytes;
}

/** What a server answered. */
export type DnsAnswer =
  | {
      readonly kind: 'answer';
      /** `noerror`; a number of no name as text: `rcode 16`. */
      readonly rcode: string;
      readonly truncated: boolean;
      /** The records of the type that was asked for, as {@link readRecord} writes them. */
      readonly records: readonly string[];
    }
  /** Nothing that answers this query, whoever sent it: it is not listened to. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed'; readonly why: string };

const malformed = (why: string): DnsAnswer => ({ kind: 'malformed', why });

/**
 * Reads the answer to a query: its id and its question must be those of the query (RFC 5452 §9.1), else it is `other`.
 * A server that could not read the query may leave the question out (RFC 2136's and older servers' FORMERR, REFUSED).
 */
export function decodeAnswer(query: Uint8Array, type: DnsType, message: Uint8Array): DnsAnswer {
  if (message.length < HEADER) return malformed('an answer shorter than its header');
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const isAnswer = (message[2] ?? 0) >= 0x80;
  if (message[0] !== query[0] || message[1] !== query[1] || !isAnswer) return { kind: 'other' };
  const number = (message[3] ?? 0) & 0x0f;
  const rcode = DNS_RCODES[number] ?? `rcode ${number}`;
  const questions = view.getUint16(4);
  const bare = { kind: 'answer', rcode, truncated: ((message[2] ?? 0) & 0x02) !== 0, records: [] } as const;
  if (questions === 0 && number !== 0) return bare;
  const question = readDnsName(message, HEADER);
  const asked = readDnsName(query, HEADER);
  if (questions !== 1 || question === null) return malformed('an answer without its question');
  const same = question.name === asked?.name && question.end + 4 <= message.length;
  const kind = same && view.getUint16(question.end) === DNS_TYPES[type] && view.getUint16(question.end + 2) === IN;
  if (!kind) return { kind: 'other' };
  // What was cut off is asked for again by TCP.
  if (bare.truncated) return bare;
  const records = readAnswers(message, view, question.end + 4, type);
  return typeof records === 'string' ? malformed(records) : { ...bare, records };
}

function readAnswers(message: Uint8Array, view: DataView, from: number, type: DnsType): readonly string[] | string {
  const count = Math.min(view.getUint16(6), RECORD_LIMIT);
  const records: string[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    const owner = readDnsName(message, at);
    if (owner === null) return 'an answer with a malformed name';
    const start = owner.end + 10;
    if (start > message.length) return 'an answer that breaks off';
    const end = start + view.getUint16(owner.end + 8);
    if (end > message.length) return 'an answer that breaks off';
    if (view.getUint16(owner.end) === DNS_TYPES[type] && view.getUint16(owner.end + 2) === IN) {
      const text = readRecord(type, message, start, end);
      if (text === null) return `an answer with a malformed ${type} record`;
      records.push(text);
    }
    at = end;
  }
  return records;
}
