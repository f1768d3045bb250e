import { type Family, type Ip, ipFromBytes } from '../values/ip.js';
import {
  encode,
  give,
  type Instruction,
  JUMP_EQUAL,
  LOAD_BYTE,
  LOAD_HALF,
  LOAD_HALF_AT_X,
  LOAD_X_HEADER_LENGTH,
  load,
  NOTHING,
  WHOLE,
} from './bpf-program.js';
import { internetChecksum } from './checksum.js';

/** Types of messages: ICMP (RFC 792) and ICMPv6 (RFC 4443). */
const TYPES = {
  4: { request: 8, reply: 0, unreachable: 3, exceeded: 11 },
  6: { request: 128, reply: 129, unreachable: 1, exceeded: 3 },
} as const;

const HEADER = 8;
/** What an echo request carries first, and its reply brings back: it proves that the reply is one to this request. */
export const TOKEN_LENGTH = 16;

/**
 * An echo request with `size` bytes behind its header, of which the token is the beginning. Its checksum is that of IPv4
 * (RFC 792); ICMPv6's has a pseudo-header, and the kernel sets it (RFC 3542 §3.1).
 * @param size at least {@link TOKEN_LENGTH}.
 */
export function encodeEchoRequest(
  family: Family,
  id: number,
  sequence: number,
  token: Uint8Array,
  size: number,
): Uint8Array {
  const bytes = new Uint8Array(HEADER + size);
  const view = new DataView(bytes.buffer);
  bytes[0] = TYPES[family].request;
  view.setUint16(4, id);
  view.setUint16(6, sequence);
  bytes.set(token, HEADER);
  if (family === 4) view.setUint16(2, internetChecksum(bytes));
  return bytes;
}

/** What a message says about one of our requests. */
export type EchoNews =
  | { readonly kind: 'reply'; readonly id: number; readonly sequence: number; readonly token: Uint8Array }
  /** A router, or the target itself, could not deliver it. */
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly sequence: number;
      /** Where the request was to go. */
      readonly target: Ip;
      readonly why: string;
    };

/**
 * Reads one message. The token of a failure's request may be missing: a router need quote 8 bytes only (RFC 792).
 * @param header whether an IPv4 header comes first, as raw sockets have it.
 * @returns null for all else.
 */
export function decodeEcho(family: Family, message: Uint8Array, header: boolean): EchoNews | null {
  const start = family === 4 && header ? ((message[0] ?? 0) & 0x0f) * 4 : 0;
  if (message.length < start + HEADER) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const [type, code] = [message[start] ?? 0, message[start + 1] ?? 0];
  const { reply, unreachable, exceeded } = TYPES[family];
  if (type === reply) {
    const token = message.subarray(start + HEADER, start + HEADER + TOKEN_LENGTH);
    return { kind: 'reply', id: view.getUint16(start + 4), sequence: view.getUint16(start + 6), token };
  }
  if (type !== unreachable && type !== exceeded) return null;
  const quoted = start + HEADER;
  const inner = quoted + (family === 4 ? ((message[quoted] ?? 0) & 0x0f) * 4 : 40);
  if (message.length < inner + HEADER || inner === quoted) return null;
  const protocol = message[quoted + (family === 4 ? 9 : 6)];
  if (protocol !== (family === 4 ? 1 : 58) || message[inner] !== TYPES[family].request) return null;
  return {
    kind: 'failed',
    id: view.getUint16(inner + 4),
    sequence: view.getUint16(inner + 6),
    target: ipFromBytes(family, message, quoted + (family === 4 ? 16 : 24)),
    why: type === exceeded ? 'time to live exceeded' : (REASONS[family][code] ?? `unreachable (code ${code})`),
  };
}

const REASONS: Readonly<Record<Family, Readonly<Record<number, string>>>> = {
  4: {
    0: 'network unreachable',
    1: 'host unreachable',
    2: 'protocol unreachable',
    3: 'port unreachable',
    4: 'fragmentation needed',
    9: 'network prohibited',
    10: 'host prohibited',
    13: 'prohibited by a filter',
  },
  6: {
    0: 'no route to host',
    1: 'prohibited by a filter',
    3: 'host unreachable',
    4: 'port unreachable',
    6: 'route rejected',
  },
};

const LOAD_BYTE_AT_X = 0x50; // BPF_LD | BPF_B | BPF_IND

/** For a raw socket: lets through replies to requests with this id, and what could not be delivered. */
export function acceptEchoes(family: Family, id: number): Uint8Array {
  const { reply, unreachable, exceeded } = TYPES[family];
  const equal = (operand: number, ifTrue: number): Instruction => ({ code: JUMP_EQUAL, ifTrue, ifFalse: 0, operand });
  const four = family === 4;
  return encode([
    ...(four ? [load(LOAD_X_HEADER_LENGTH, 0)] : []),
    load(four ? LOAD_BYTE_AT_X : LOAD_BYTE, 0),
    equal(unreachable, 6),
    equal(exceeded, 5),
    equal(reply, 1),
    give(NOTHING),
    load(four ? LOAD_HALF_AT_X : LOAD_HALF, 4),
    equal(id, 1),
    give(NOTHING),
    give(WHOLE),
  ]);
}
