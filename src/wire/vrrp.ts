import type { Decoded, Ends, VrrpAdvert } from './vrrp-record.js';
import { decodeAdvert2, encodeAdvert2 } from './vrrp2.js';
import { decodeAdvert3, encodeAdvert3 } from './vrrp3.js';

export type { BadAdvert, VrrpAdvert } from './vrrp-record.js';
export type DecodedAdvert = Decoded<VrrpAdvert>;

/** Writes the VRRP part of an advertisement. @throws RangeError when a field does not fit its place on the wire. */
export function encodeAdvert(advert: VrrpAdvert, ends: Ends): Uint8Array {
  return advert.version === 2 ? encodeAdvert2(advert) : encodeAdvert3(advert, ends);
}

/** Reads the VRRP part of a packet in the version that it says. Never throws. */
export function decodeAdvert(bytes: Uint8Array, ends: Ends): DecodedAdvert {
  return (bytes[0] ?? 0) >> 4 === 3 ? decodeAdvert3(bytes, ends) : decodeAdvert2(bytes);
}
