import { type Ipv4, ipv4FromBytes, ipv4ToBytes, parseIpv4 } from './ipv4.js';
import { type Ipv6, ipv6FromBytes, ipv6ToBytes, parseIpv6 } from './ipv6.js';

/** An address of either family, canonical. */
export type Ip = Ipv4 | Ipv6;

/** The version of the Internet Protocol that an address belongs to. */
export type Family = 4 | 6;

/** An address with its prefix length, as on an interface. */
export interface Cidr<A extends Ip = Ip> {
  readonly address: A;
  /** 0 to 32, or 0 to 128. */
  readonly prefix: number;
}

/** @returns the address in canonical form, or null when the text is none of either family. */
export const parseIp = (text: string): Ip | null => parseIpv4(text) ?? parseIpv6(text);

/** Which family an address is of. */
export const familyOf = (address: Ip): Family => (address.includes(':') ? 6 : 4);

/** Proves the family to the compiler. */
export const isIpv6 = (address: Ip): address is Ipv6 => address.includes(':');

/** How many bytes, and so how long a prefix can be. */
export const bytesIn = (family: Family): 4 | 16 => (family === 4 ? 4 : 16);

/** Reads `10.0.0.1/24` or `2001:db8::1/64`; without a prefix it is the single address. @returns null when it is none. */
export function parseCidr(text: string): Cidr | null {
  const [host = '', length, ...rest] = text.split('/');
  const address = parseIp(host);
  if (address === null || rest.length > 0) return null;
  const longest = 8 * bytesIn(familyOf(address));
  if (length === undefined) return { address, prefix: longest };
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > longest) return null;
  return { address, prefix: Number(length) };
}

/** `10.0.0.1/24`, `2001:db8::1/64`. */
export const formatCidr = (c: Cidr): string => `${c.address}/${c.prefix}`;

/** The address as 4 or 16 bytes in network order. */
export function ipToBytes(address: Ip): Uint8Array {
  if (isIpv6(address)) {
    const bytes = new Uint8Array(16);
    ipv6ToBytes(address, bytes);
    return bytes;
  }
  const bytes = new Uint8Array(4);
  ipv4ToBytes(address, bytes);
  return bytes;
}

/** The 4 or 16 bytes at `offset` as an address. */
export const ipFromBytes = (family: Family, bytes: Uint8Array, offset = 0): Ip =>
  family === 4 ? ipv4FromBytes(bytes, offset) : ipv6FromBytes(bytes, offset);

/**
 * Compares as unsigned numbers (RFC 9568 §6.4.3); across families IPv4 is the smaller.
 * @returns less than, equal to or greater than 0.
 */
export function compareIp(a: Ip, b: Ip): number {
  if (a === b) return 0;
  const [x, y] = [ipToBytes(a), ipToBytes(b)];
  if (x.length !== y.length) return x.length - y.length;
  for (const [i, byte] of x.entries()) if (byte !== y[i]) return byte - (y[i] ?? 0);
  return 0;
}
