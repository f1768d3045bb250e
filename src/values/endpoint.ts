import { type Ipv4, parseIpv4 } from './ipv4.js';

/** An address and a port: of a service or of a real server. */
export interface Endpoint {
  readonly address: Ipv4;
  /** 1 to 65535. */
  readonly port: number;
}

/** Reads `172.28.128.110:80`. @returns null when address or port is missing or out of range. */
export function parseEndpoint(text: string): Endpoint | null {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return null;
  const address = parseIpv4(text.slice(0, colon));
  const port = parsePort(text.slice(colon + 1));
  return address === null || port === null ? null : { address, port };
}

/** Reads a port, 1 to 65535. */
export function parsePort(text: string): number | null {
  if (!/^[1-9]\d{0,4}$/.test(text)) return null;
  const port = Number(text);
  return port <= 65_535 ? port : null;
}

/** `172.28.128.110:80`, also used as a key in maps. */
export const formatEndpoint = (e: Endpoint): string => `${e.address}:${e.port}`;
