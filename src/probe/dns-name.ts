import { LABEL_LIMIT, type Labels, NAME_LIMIT, sizeOf } from '../values/domain-name.js';

/** A name of 255 bytes has at most 127 labels: more jumps than that are a loop. */
const JUMP_LIMIT = 127;

/** As it goes over the wire, not compressed. */
export function encodeDnsName(labels: Labels): Uint8Array {
  const bytes = new Uint8Array(sizeOf(labels));
  let at = 0;
  for (const label of labels) {
    bytes[at] = label.length;
    bytes.set(label, at + 1);
    at += 1 + label.length;
  }
  return bytes;
}

/**
 * Reads a name that may be compressed (RFC 1035 §4.1.4). A pointer must lead backwards, before where this name began:
 * so there is no loop, and the work is bounded.
 * @returns the name in lower case with its root, other bytes than printable ones as `\DDD` (RFC 1035 §5.1), and where
 * it ends; null where it is malformed or longer than 255 bytes.
 */
export function readDnsName(
  message: Uint8Array,
  offset: number,
): { readonly name: string; readonly end: number } | null {
  let at = offset;
  let end = -1;
  let earliest = offset;
  let size = 1;
  let jumps = 0;
  let name = '';
  for (;;) {
    const length = message[at];
    if (length === undefined) return null;
    if (length === 0) return { name: name === '' ? '.' : name, end: end < 0 ? at + 1 : end };
    if (length >= 0xc0) {
      const low = message[at + 1];
      const to = ((length & 0x3f) << 8) | (low ?? 0);
      if (low === undefined || to >= earliest || ++jumps > JUMP_LIMIT) return null;
      if (end < 0) end = at + 2;
      earliest = to;
      at = to;
      continue;
    }
    if (length > LABEL_LIMIT || at + 1 + length > message.length) return null;
    size += 1 + length;
    if (size > NAME_LIMIT) return null;
    for (let i = at + 1; i <= at + length; i++) name += character(message[i] ?? 0);
    name += '.';
    at += 1 + length;
  }
}

function character(byte: number): string {
  const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte;
  if (byte === 0x2e || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
  return byte > 0x20 && byte < 0x7f ? String.fromCharCode(lower) : `\\${String(byte).padStart(3, '0')}`;
}
