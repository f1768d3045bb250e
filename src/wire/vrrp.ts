import { familyOf } from '../values/ip.js';
import type { Decoded, Ends, VrrpAdvert } from './vrrp-record.js';
import { decodeAdvert2, encodeAdvert2 } from './vrrp2.js';
import { decodeAdvert3, encodeAdvert3 } from './vrrp3.js';

export type { BadAdvert, VrrpAdvert } from './vrrp-record.js';
export type DecodedAdvert = Decoded<VrrpAdvert>;

/** Writes the VRRP part of an advertisement. @throws RangeError when a field does not fit its place on the wire. */
export function encodeAdvert(advert: VrrpAdvert, ends: Ends): Uint8Array {
  const family = familyOf(ends.source);
  const other = advert.addresses.find((address) => familyOf(address) !== family);
  if (other !== undefined) throw new RangeError(`address ${other} cannot go over IPv${family} (RFC 9568 §5.2.9)`);
  if (advert.version === 2 && family === 6) throw new RangeError('version 2 has no IPv6');
  return advert.version === 2 ? encodeAdvert2(advert) : encodeAdvert3(advert, ends);
}

/** Reads the VRRP part of a packet in the version that it says; over IPv6 there is version 3 only. Never throws. */
export function decodeAdvert(bytes: Uint8Array, ends: Ends): DecodedAdvert {
  return (bytes[0] ?? 0) >> 4 === 3 || familyOf(ends.source) === 6 ? decodeAdvert3(bytes, ends) : decodeAdvert2(bytes);
}
