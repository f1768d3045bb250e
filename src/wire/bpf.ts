import {
  demand,
  encode,
  give,
  type Instruction,
  JUMP_AT_LEAST,
  JUMP_EQUAL,
  LOAD_BYTE,
  LOAD_HALF_AT_X,
  LOAD_LENGTH,
  LOAD_WORD,
  LOAD_X_HEADER_LENGTH,
  load,
  NOTHING,
  SUBTRACT_X,
  WHOLE,
} from './bpf-program.js';
import type { Listened } from './vrrp-record.js';

/**
 * Classic BPF programs (Linux: Documentation/networking/filter.rst) that sort VRRP packets in the kernel. They run on an
 * AF_INET raw socket, where a packet begins at its IP header, which the kernel has checked (version, length, checksum).
 */

const VRRP_GROUP = 0xe000_0012; // 224.0.0.18
const ADVERTISEMENT = 1;
/** What the filter needs to know of a version: v2 has 8 bytes and a trailer of 8, v3 8 bytes and an address. */
const VERSIONS = [
  { version: 3, shortest: 12 },
  { version: 2, shortest: 16 },
] as const;

/**
 * Lets through what may be an advert for one of these routers: to 224.0.0.18, TTL 255, type 1, one of the ids in its own
 * version, long enough for that. The checksum is left to the reader.
 */
export const acceptAdverts = (routers: readonly Listened[]): Uint8Array => encode(program(routers, WHOLE, NOTHING));

/** The inverse of {@link acceptAdverts}: lets through exactly what that one drops. */
export const acceptOthers = (routers: readonly Listened[]): Uint8Array => encode(program(routers, NOTHING, WHOLE));

/** Lets nothing through: for a socket that is still being set up. */
export const acceptNothing = (): Uint8Array => encode([give(NOTHING)]);

function program(routers: readonly Listened[], matching: number, other: number): Instruction[] {
  return [
    load(LOAD_WORD, 16),
    ...demand(JUMP_EQUAL, VRRP_GROUP, other),
    load(LOAD_BYTE, 8),
    ...demand(JUMP_EQUAL, 255, other),
    load(LOAD_X_HEADER_LENGTH, 0),
    // From the less demanding version to the other: what is too short for the first is for both.
    ...VERSIONS.flatMap(({ version, shortest }) => [
      // The length first: a load behind the packet's end would drop it, in the inverse program too.
      load(LOAD_LENGTH, 0),
      load(SUBTRACT_X, 0),
      ...demand(JUMP_AT_LEAST, shortest, other),
      load(LOAD_HALF_AT_X, 0),
      // A return after each id, since a jump reaches 255 instructions only.
      ...routers
        .filter((router) => router.version === version)
        .flatMap(({ virtualRouterId }) => [
          { code: JUMP_EQUAL, ifTrue: 0, ifFalse: 1, operand: firstTwoBytes(version, virtualRouterId) },
          give(matching),
        ]),
    ]),
    give(other),
  ];
}

/** Version, type and VRID as they stand at the beginning of every version's message. */
const firstTwoBytes = (version: number, virtualRouterId: number): number =>
  (version << 12) | (ADVERTISEMENT << 8) | virtualRouterId;
