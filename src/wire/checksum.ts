/**
 * The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words; an odd last byte
 * counts as the upper half of a word.
 * @param beside the sum of words that stand elsewhere and count too: a pseudo-header's.
 * @returns 0 to 65535; 0 over data that already carries its right checksum.
 */
export function internetChecksum(bytes: Uint8Array, start = 0, end = bytes.length, beside = 0): number {
  let sum = beside;
  for (let i = start; i < end; i += 2) {
    const low = i + 1 < end ? (bytes[i + 1] ?? 0) : 0;
    sum += ((bytes[i] ?? 0) << 8) | low;
  }
  // Numbers hold 53 bits: carries are folded once at the end, as RFC 1071 §2 (C) allows.
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
