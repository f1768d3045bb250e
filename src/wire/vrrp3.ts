import { bytesIn, type Family, familyOf, type Ip, ipFromBytes, ipToBytes } from '../values/ip.js';
import { type Duration, micros } from '../values/time.js';
import { internetChecksum } from './checksum.js';
import { pseudoHeader } from './pseudo-header.js';
import {
  byte,
  type ChecksumOver,
  type Decoded,
  type Ends,
  HEADER,
  TYPE_ADVERTISEMENT,
  type VrrpAdvert3,
} from './vrrp-record.js';

const VERSION = 3;
const PROTOCOL = 112;
/** µs. The interval's unit (RFC 9568 §5.2.7). */
const CENTISECOND = 10_000;
/** Its 12 bits. */
const LONGEST = 0xfff;

/**
 * Writes the VRRP part of a version 3 advertisement, what follows the IP header: 8 + 4n bytes, for IPv6 8 + 16n. The
 * family is that of the ends.
 * @throws RangeError when a field does not fit its place on the wire; settings are checked long before.
 */
export function encodeAdvert3(advert: VrrpAdvert3, ends: Ends): Uint8Array {
  const count = byte('number of addresses', advert.addresses.length);
  if (count === 0) throw new RangeError('number of addresses is 0: version 3 takes 1 to 255');
  const interval = centiseconds(advert.interval);
  const size = bytesIn(familyOf(ends.source));
  const bytes = new Uint8Array(HEADER + size * count);
  bytes[0] = (VERSION << 4) | TYPE_ADVERTISEMENT;
  bytes[1] = byte('virtual router id', advert.virtualRouterId);
  bytes[2] = byte('priority', advert.priority);
  bytes[3] = count;
  bytes[4] = interval >> 8; // the upper half is reserved: sent as zero
  bytes[5] = interval & 0xff;
  for (const [i, address] of advert.addresses.entries()) bytes.set(ipToBytes(address), HEADER + size * i);
  const sum = checksum(bytes, bytes.length, advert.checksum, ends);
  bytes[6] = sum >> 8;
  bytes[7] = sum & 0xff;
  return bytes;
}

/**
 * Reads the VRRP part of a packet as version 3. The checks come in the order of RFC 9568 §7.1: version, type,
 * length, checksum, and then what makes the fields unusable: no address, no interval. For IPv4 either convention of the
 * checksum is good; the record says which one it was. The addresses are of the ends' family (vrrp-checklist 17). Bytes
 * after the message are ignored. Never throws.
 */
export function decodeAdvert3(bytes: Uint8Array, ends: Ends): Decoded<VrrpAdvert3> {
  const first = bytes[0];
  if (first === undefined) return { ok: false, why: 'truncated' };
  if (first >> 4 !== VERSION) return { ok: false, why: 'bad-version' };
  if ((first & 0x0f) !== TYPE_ADVERTISEMENT) return { ok: false, why: 'bad-type' };
  const count = bytes[3] ?? 0;
  const family = familyOf(ends.source);
  const size = bytesIn(family);
  const end = HEADER + size * count;
  if (bytes.length < end) return { ok: false, why: 'truncated' };
  const over = summedOver(bytes, end, family, ends);
  if (over === null) return { ok: false, why: 'bad-checksum' };
  if (count === 0) return { ok: false, why: 'no-addresses' };
  const interval = (((bytes[4] ?? 0) & 0x0f) << 8) | (bytes[5] ?? 0);
  if (interval === 0) return { ok: false, why: 'zero-interval' };
  const addresses: Ip[] = [];
  for (let at = HEADER; at < end; at += size) addresses.push(ipFromBytes(family, bytes, at));
  return {
    ok: true,
    advert: {
      version: VERSION,
      virtualRouterId: bytes[1] ?? 0,
      priority: bytes[2] ?? 0,
      interval: micros(interval * CENTISECOND),
      addresses,
      checksum: over,
    },
  };
}

/** Between the few addresses whose pseudo-header sums up to nothing both conventions agree; it is then the first. */
function summedOver(bytes: Uint8Array, end: number, family: Family, ends: Ends): ChecksumOver | null {
  if (checksum(bytes, end, 'pseudo_header', ends) === 0) return 'pseudo_header';
  return family === 4 && checksum(bytes, end, 'rfc9568', ends) === 0 ? 'rfc9568' : null;
}

/** Over IPv6 the pseudo-header is always part of it (RFC 9568 §5.2.8). */
const checksum = (bytes: Uint8Array, end: number, over: ChecksumOver, { source, destination }: Ends): number => {
  const withHeader = over === 'pseudo_header' || familyOf(source) === 6;
  return internetChecksum(bytes, 0, end, withHeader ? pseudoHeader(source, destination, PROTOCOL, end) : 0);
};

function centiseconds(interval: Duration): number {
  const n = interval / CENTISECOND;
  if (Number.isInteger(n) && n >= 1 && n <= LONGEST) return n;
  throw new RangeError(`interval in centiseconds is ${n}: the wire takes 1 to ${LONGEST}, whole`);
}
