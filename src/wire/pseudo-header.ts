import { type Ip, ipToBytes } from '../values/ip.js';

/**
 * The sum of a pseudo-header as 16-bit words: both addresses, protocol and length (RFC 9293 §3.1 for IPv4, RFC 8200 §8.1
 * for IPv6; the sum of 32-bit fields is that of their halves).
 * @param length of the message in bytes, below 65536. @returns what {@link internetChecksum} takes as `beside`.
 */
export const pseudoHeader = (source: Ip, destination: Ip, protocol: number, length: number): number =>
  words(source) + words(destination) + protocol + length;

function words(address: Ip): number {
  let sum = 0;
  for (const [i, byte] of ipToBytes(address).entries()) sum += i % 2 === 0 ? byte << 8 : byte;
  return sum;
}
