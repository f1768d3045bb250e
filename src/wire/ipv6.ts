import { type Ipv6, ipv6ToBytes } from '../values/ipv6.js';

/** What of an IPv6 packet (RFC 8200 §3) concerns us. */
export interface Ipv6Packet {
  readonly source: Ipv6;
  readonly destination: Ipv6;
  readonly hopLimit: number;
  /** DSCP and ECN, as IPv4's type of service. */
  readonly trafficClass: number;
  readonly nextHeader: number;
  readonly payload: Uint8Array;
}

/** The fixed header; we write no other. */
const HEADER = 40;

/** Writes a packet for a raw socket of IPPROTO_RAW, which sends it as it is (ipv6(7)). The flow label is zero. */
export function encodeIpv6(packet: Ipv6Packet): Uint8Array {
  const length = packet.payload.length;
  if (length > 0xffff) throw new RangeError(`IPv6 payload of ${length} bytes: 65535 at most`);
  const bytes = new Uint8Array(HEADER + length);
  bytes[0] = (6 << 4) | (packet.trafficClass >> 4);
  bytes[1] = (packet.trafficClass & 0x0f) << 4;
  bytes[4] = length >> 8;
  bytes[5] = length & 0xff;
  bytes[6] = packet.nextHeader;
  bytes[7] = packet.hopLimit;
  ipv6ToBytes(packet.source, bytes, 8);
  ipv6ToBytes(packet.destination, bytes, 24);
  bytes.set(packet.payload, HEADER);
  return bytes;
}
