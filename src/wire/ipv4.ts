import { type Ipv4, ipv4FromBytes, ipv4ToBytes } from '../values/ipv4.js';
import { internetChecksum } from './checksum.js';

/** What of an IPv4 packet (RFC 791 §3.1) concerns us. */
export interface Ipv4Packet {
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly ttl: number;
  /** The type of service byte: DSCP and ECN. */
  readonly tos: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export type DecodedIpv4 =
  | { readonly ok: true; readonly packet: Ipv4Packet }
  | { readonly ok: false; readonly why: 'truncated' };

/** The header without options, the only one that we write. */
const HEADER = 20;

/**
 * Writes a packet for a socket with IP_HDRINCL (raw(7)): the identification stays 0, and the kernel fills it in; it also
 * writes length and checksum again.
 */
export function encodeIpv4(packet: Ipv4Packet): Uint8Array {
  const length = HEADER + packet.payload.length;
  if (length > 0xffff) throw new RangeError(`IPv4 packet of ${length} bytes: 65535 at most`);
  const bytes = new Uint8Array(length);
  bytes[0] = (4 << 4) | (HEADER / 4);
  bytes[1] = packet.tos;
  bytes[2] = length >> 8;
  bytes[3] = length & 0xff;
  bytes[8] = packet.ttl;
  bytes[9] = packet.protocol;
  ipv4ToBytes(packet.source, bytes, 12);
  ipv4ToBytes(packet.destination, bytes, 16);
  const sum = internetChecksum(bytes, 0, HEADER);
  bytes[10] = sum >> 8;
  bytes[11] = sum & 0xff;
  bytes.set(packet.payload, HEADER);
  return bytes;
}

/**
 * Reads a packet as a raw socket delivers it, from the IP header on. The payload is a view of `bytes` that ends where
 * the header's length says, so that the padding of a short Ethernet frame is left out. The checksum is the kernel's affair.
 */
export function decodeIpv4(bytes: Uint8Array): DecodedIpv4 {
  const first = bytes[0] ?? 0;
  const header = (first & 0x0f) * 4;
  const length = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
  if (first >> 4 !== 4 || header < HEADER || length < header || bytes.length < length) {
    return { ok: false, why: 'truncated' };
  }
  return {
    ok: true,
    packet: {
      source: addressAt(bytes, 12),
      destination: addressAt(bytes, 16),
      ttl: bytes[8] ?? 0,
      tos: bytes[1] ?? 0,
      protocol: bytes[9] ?? 0,
      payload: bytes.subarray(header, length),
    },
  };
}

/** Texts of the latest few addresses: the same hosts speak again and again, and to write one costs more than the rest. */
const texts = new Map<number, Ipv4>();
const TEXTS = 64;

function addressAt(bytes: Uint8Array, at: number): Ipv4 {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const number = high * 0x1_0000 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  const known = texts.get(number);
  if (known !== undefined) return known;
  if (texts.size >= TEXTS) texts.clear();
  const text = ipv4FromBytes(bytes, at);
  texts.set(number, text);
  return text;
}
