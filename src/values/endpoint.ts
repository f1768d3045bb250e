import { type Ip, isIpv6, parseIp } from './ip.js';

/** An address and a port: of a service or of a real server. */
export interface Endpoint {
  readonly address: Ip;
  /** 1 to 65535. */
  readonly port: number;
}

/** Reads `172.28.128.110:80` or `[2001:db8::1]:80`. @returns null when address or port is missing or out of range. */
export function parseEndpoint(text: string): Endpoint | null {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return null;
  const address = parseHost(text.slice(0, colon));
  const port = parsePort(text.slice(colon + 1));
  return address === null || port === null ? null : { address, port };
}

/** An IPv6 address stands in brackets before a port (RFC 3986 §3.2.2), an IPv4 one never does. */
function parseHost(text: string): Ip | null {
  const bracketed = text.startsWith('[') && text.endsWith(']');
  const address = parseIp(bracketed ? text.slice(1, -1) : text);
  return address === null || isIpv6(address) !== bracketed ? null : address;
}

/** Reads a port, 1 to 65535. */
export function parsePort(text: string): number | null {
  if (!/^[1-9]\d{0,4}$/.test(text)) return null;
  const port = Number(text);
  return port <= 65_535 ? port : null;
}

/** `172.28.128.110:80`, `[2001:db8::1]:80`, also used as a key in maps. */
export const formatEndpoint = (e: { readonly address: Ip; readonly port: number }): string =>
  isIpv6(e.address) ? `[${e.address}]:${e.port}` : `${e.address}:${e.port}`;
