/** An IPv4 address in canonical dotted form: the type is the proof that it was parsed. */
export type Ipv4 = string & { readonly __kind: 'ipv4' };

/** An IPv4 address with its prefix length, as on an interface. */
export interface Cidr4 {
  readonly address: Ipv4;
  /** 0 to 32. */
  readonly prefix: number;
}

/** @returns the address, or null when the text is none. Leading zeros are refused: some tools read them as octal. */
export function parseIpv4(text: string): Ipv4 | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
  }
  return text as Ipv4;
}

/** Reads `10.0.0.1/24`; without a prefix it is /32. @returns null when the text is no address. */
export function parseCidr4(text: string): Cidr4 | null {
  const [host = '', length, ...rest] = text.split('/');
  const address = parseIpv4(host);
  if (address === null || rest.length > 0) return null;
  if (length === undefined) return { address, prefix: 32 };
  if (!/^\d{1,2}$/.test(length) || Number(length) > 32) return null;
  return { address, prefix: Number(length) };
}

/** `10.0.0.1/24`. */
export const formatCidr4 = (c: Cidr4): string => `${c.address}/${c.prefix}`;

/** The address as an unsigned 32-bit number, for comparisons (RFC 9568 §6.4.3 compares unsigned). */
export function ipv4ToNumber(address: Ipv4): number {
  let n = 0;
  for (const part of address.split('.')) n = n * 256 + Number(part);
  return n;
}

/** The inverse of {@link ipv4ToNumber}; takes 0 to 2^32 − 1. */
export function ipv4FromNumber(n: number): Ipv4 {
  return `${(n >>> 24) & 255}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}` as Ipv4;
}

/** The four bytes at `offset` as an address. */
export function ipv4FromBytes(bytes: Uint8Array, offset = 0): Ipv4 {
  return `${bytes[offset] ?? 0}.${bytes[offset + 1] ?? 0}.${bytes[offset + 2] ?? 0}.${bytes[offset + 3] ?? 0}` as Ipv4;
}

/** Writes the four bytes of `address` at `offset`. */
export function ipv4ToBytes(address: Ipv4, into: Uint8Array, offset = 0): void {
  const n = ipv4ToNumber(address);
  into[offset] = (n >>> 24) & 255;
  into[offset + 1] = (n >>> 16) & 255;
  into[offset + 2] = (n >>> 8) & 255;
  into[offset + 3] = n & 255;
}
