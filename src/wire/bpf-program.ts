/**
 * The pieces of classic BPF programs (Linux: Documentation/networking/filter.rst).
 */

/** One instruction, struct sock_filter of <linux/filter.h>. Jumps are counted in instructions from the next one. */
export interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly operand: number;
}

/** Numbers of <linux/bpf_common.h>. */
export const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
export const LOAD_HALF = 0x28; // BPF_LD | BPF_H | BPF_ABS
export const LOAD_BYTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
export const LOAD_HALF_AT_X = 0x48; // BPF_LD | BPF_H | BPF_IND
export const LOAD_LENGTH = 0x80; // BPF_LD | BPF_W | BPF_LEN
export const LOAD_X_HEADER_LENGTH = 0xb1; // BPF_LDX | BPF_B | BPF_MSH: X = 4 × (byte & 15)
export const SUBTRACT_X = 0x1c; // BPF_ALU | BPF_SUB | BPF_X
export const JUMP_ALWAYS = 0x05; // BPF_JMP | BPF_JA: reaches more than 255 instructions
export const JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
export const JUMP_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
export const RETURN = 0x06; // BPF_RET | BPF_K

/** How many bytes of the packet are delivered: all of them, or none. */
export const WHOLE = 0x4_0000;
export const NOTHING = 0;

/** Loads something into the accumulator. */
export const load = (code: number, operand: number): Instruction => ({ code, ifTrue: 0, ifFalse: 0, operand });
/** Ends with so many bytes delivered. */
export const give = (length: number): Instruction => ({ code: RETURN, ifTrue: 0, ifFalse: 0, operand: length });
/** Goes on where the accumulator passes the test, else ends with `otherwise` bytes delivered. */
export const demand = (test: number, operand: number, otherwise: number): Instruction[] => [
  { code: test, ifTrue: 1, ifFalse: 0, operand },
  give(otherwise),
];

/** struct sock_filter: u16 code, u8 jt, u8 jf, u32 k, in the host's order as typed arrays have it. */
export function encode(instructions: readonly Instruction[]): Uint8Array {
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
