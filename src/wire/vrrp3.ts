import { type Ip, ipToBytes } from '../values/ip.js';
import { type Ipv4, ipv4FromBytes, ipv4ToBytes } from '../values/ipv4.js';
import { type Duration, micros } from '../values/time.js';
import { internetChecksum } from './checksum.js';
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
 * Writes the VRRP part of a version 3 advertisement for IPv4, what follows the IP header: 8 + 4n bytes.
 * @throws RangeError when a field does not fit its place on the wire; settings are checked long before.
 */
export function encodeAdvert3(advert: VrrpAdvert3, ends: Ends): Uint8Array {
  const count = byte('number of addresses', advert.addresses.length);
  if (count === 0) throw new RangeError('number of addresses is 0: version 3 takes 1 to 255');
  const interval = centiseconds(advert.interval);
  const bytes = new Uint8Array(HEADER + 4 * count);
  bytes[0] = (VERSION << 4) | TYPE_ADVERTISEMENT;
  bytes[1] = byte('virtual router id', advert.virtualRouterId);
  bytes[2] = byte('priority', advert.priority);
  bytes[3] = count;
  bytes[4] = interval >> 8; // the upper half is reserved: sent as zero
  bytes[5] = interval & 0xff;
  for (let i = 0; i < count; i += 1) ipv4ToBytes(advert.addresses[i] as Ipv4, bytes, HEADER + 4 * i);
  const sum = checksum(bytes, bytes.length, advert.checksum, ends);
  bytes[6] = sum >> 8;
  bytes[7] = sum & 0xff;
  return bytes;
}

/**
 * Reads the VRRP part of a packet as version 3 for IPv4. The checks come in the order of RFC 9568 §7.1: version, type,
 * length, checksum, and then what makes the fields unusable: no address, no interval. Either convention of the checksum
 * is good; the record says which one it was. Bytes after the message are ignored. Never throws.
 */
export function decodeAdvert3(bytes: Uint8Array, ends: Ends): Decoded<VrrpAdvert3> {
  const first = bytes[0];
  if (first === undefined) return { ok: false, why: 'truncated' };
  if (first >> 4 !== VERSION) return { ok: false, why: 'bad-version' };
  if ((first & 0x0f) !== TYPE_ADVERTISEMENT) return { ok: false, why: 'bad-type' };
  const count = bytes[3] ?? 0;
  const end = HEADER + 4 * count;
  if (bytes.length < end) return { ok: false, why: 'truncated' };
  const over = summedOver(bytes, end, ends);
  if (over === null) return { ok: false, why: 'bad-checksum' };
  if (count === 0) return { ok: false, why: 'no-addresses' };
  const interval = (((bytes[4] ?? 0) & 0x0f) << 8) | (bytes[5] ?? 0);
  if (interval === 0) return { ok: false, why: 'zero-interval' };
  const addresses: Ipv4[] = [];
  for (let at = HEADER; at < end; at += 4) addresses.push(ipv4FromBytes(bytes, at));
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
function summedOver(bytes: Uint8Array, end: number, ends: Ends): ChecksumOver | null {
  if (checksum(bytes, end, 'pseudo_header', ends) === 0) return 'pseudo_header';
  return checksum(bytes, end, 'rfc9568', ends) === 0 ? 'rfc9568' : null;
}

const checksum = (bytes: Uint8Array, end: number, over: ChecksumOver, ends: Ends): number =>
  internetChecksum(bytes, 0, end, over === 'pseudo_header' ? pseudoHeader(ends, end) : 0);

/** The sum of source, destination, protocol and length as 16-bit words, as TCP has them (RFC 9293 §3.1). */
const pseudoHeader = ({ source, destination }: Ends, length: number): number =>
  words(source) + words(destination) + PROTOCOL + length;

const words = (address: Ip): number =>
  ipToBytes(address).reduce((sum, byte, i) => sum + (i % 2 === 0 ? byte << 8 : byte), 0);

function centiseconds(interval: Duration): number {
  const n = interval / CENTISECOND;
  if (Number.isInteger(n) && n >= 1 && n <= LONGEST) return n;
  throw new RangeError(`interval in centiseconds is ${n}: the wire takes 1 to ${LONGEST}, whole`);
}
