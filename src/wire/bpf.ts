import type { Listened } from './vrrp-record.js';

/**
 * Classic BPF programs (Linux: Documentation/networking/filter.rst) that sort VRRP packets in the kernel. They run on an
 * AF_INET raw socket, where a packet begins at its IP header, which the kernel has checked (version, length, checksum).
 */

/** One instruction, struct sock_filter of <linux/filter.h>. Jumps are counted in instructions from the next one. */
interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly operand: number;
}

/** Numbers of <linux/bpf_common.h>. */
const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const LOAD_BYTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
const LOAD_HALF_AT_X = 0x48; // BPF_LD | BPF_H | BPF_IND
const LOAD_LENGTH = 0x80; // BPF_LD | BPF_W | BPF_LEN
const LOAD_X_HEADER_LENGTH = 0xb1; // BPF_LDX | BPF_B | BPF_MSH: X = 4 × (byte & 15)
const SUBTRACT_X = 0x1c; // BPF_ALU | BPF_SUB | BPF_X
const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

/** How many bytes of the packet are delivered: all of them, or none. */
const WHOLE = 0x4_0000;
const NOTHING = 0;

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

const load = (code: number, operand: number): Instruction => ({ code, ifTrue: 0, ifFalse: 0, operand });
const give = (length: number): Instruction => ({ code: RETURN, ifTrue: 0, ifFalse: 0, operand: length });
const demand = (test: number, operand: number, otherwise: number): Instruction[] => [
  { code: test, ifTrue: 1, ifFalse: 0, operand },
  give(otherwise),
];

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k, in the host's order as typed arrays have it. */
function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(8 * instructions.length);
  const halves = new Uint16Array(bytes.buffer);
  const words = new Uint32Array(bytes.buffer);
  instructions.forEach(({ code, ifTrue, ifFalse, operand }, i) => {
    halves[4 * i] = code;
    bytes[8 * i + 2] = ifTrue;
    bytes[8 * i + 3] = ifFalse;
    words[2 * i + 1] = operand;
  });
  return bytes;
}
