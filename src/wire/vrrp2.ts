import { type Ipv4, ipv4FromBytes, ipv4ToBytes } from '../values/ipv4.js';
import { seconds, toSeconds } from '../values/time.js';
import { internetChecksum } from './checksum.js';
import { byte, type Decoded, HEADER, TYPE_ADVERTISEMENT, type VrrpAdvert2, type WireAuth } from './vrrp-record.js';

const VERSION = 2;
const AUTH_NONE = 0;
const AUTH_PASS = 1;
/** The trailer is there whatever the type says (RFC 3768 §5.3.10). */
const AUTH_DATA = 8;

/**
 * Writes the VRRP part of a version 2 advertisement, what follows the IP header: 8 + 4n + 8 bytes.
 * @throws RangeError when a field does not fit its place on the wire; settings are checked long before.
 */
export function encodeAdvert2(advert: VrrpAdvert2): Uint8Array {
  const count = byte('number of addresses', advert.addresses.length);
  const bytes = new Uint8Array(HEADER + 4 * count + AUTH_DATA);
  bytes[0] = (VERSION << 4) | TYPE_ADVERTISEMENT;
  bytes[1] = byte('virtual router id', advert.virtualRouterId);
  bytes[2] = byte('priority', advert.priority);
  bytes[3] = count;
  bytes[4] = authNumber(advert.auth);
  bytes[5] = byte('interval in seconds', toSeconds(advert.interval));
  for (let i = 0; i < count; i += 1) ipv4ToBytes(advert.addresses[i] as Ipv4, bytes, HEADER + 4 * i);
  if (advert.auth.type === 'pass') writePassword(advert.auth.password, bytes, HEADER + 4 * count);
  const sum = internetChecksum(bytes);
  bytes[6] = sum >> 8;
  bytes[7] = sum & 0xff;
  return bytes;
}

/**
 * Reads the VRRP part of a packet. The checks come in the order of RFC 3768 §7.1: version, type, length, checksum; what
 * depends on settings (VRID, interval, addresses, authentication) is not judged here. Bytes after the message, such as
 * Ethernet padding, are ignored. Never throws.
 */
export function decodeAdvert2(bytes: Uint8Array): Decoded<VrrpAdvert2> {
  const first = bytes[0];
  if (first === undefined) return { ok: false, why: 'truncated' };
  if (first >> 4 !== VERSION) return { ok: false, why: 'bad-version' };
  if ((first & 0x0f) !== TYPE_ADVERTISEMENT) return { ok: false, why: 'bad-type' };
  const count = bytes[3] ?? 0;
  const trailer = HEADER + 4 * count;
  const end = trailer + AUTH_DATA;
  if (bytes.length < end) return { ok: false, why: 'truncated' };
  if (internetChecksum(bytes, 0, end) !== 0) return { ok: false, why: 'bad-checksum' };
  const addresses: Ipv4[] = [];
  for (let at = HEADER; at < trailer; at += 4) addresses.push(ipv4FromBytes(bytes, at));
  return {
    ok: true,
    advert: {
      version: VERSION,
      virtualRouterId: bytes[1] ?? 0,
      priority: bytes[2] ?? 0,
      interval: seconds(bytes[5] ?? 0),
      addresses,
      auth: readAuth(bytes[4] ?? 0, bytes, trailer),
    },
  };
}

function authNumber(auth: WireAuth): number {
  if (auth.type === 'none') return AUTH_NONE;
  if (auth.type === 'pass') return AUTH_PASS;
  return byte('authentication type', auth.number);
}

/** Type 0 carries no data: whatever stands there is ignored (RFC 3768 §5.3.10). */
function readAuth(type: number, bytes: Uint8Array, at: number): WireAuth {
  if (type === AUTH_NONE) return { type: 'none' };
  if (type === AUTH_PASS) return { type: 'pass', password: readPassword(bytes, at) };
  return { type: 'other', number: type };
}

/** Zero padded, not zero terminated: only zeros at the end are padding (RFC 2338 §5.3.6). */
function readPassword(bytes: Uint8Array, at: number): string {
  let end = at + AUTH_DATA;
  while (end > at && bytes[end - 1] === 0) end -= 1;
  let text = '';
  for (let i = at; i < end; i += 1) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

function writePassword(password: string, bytes: Uint8Array, at: number): void {
  if (password.length > AUTH_DATA)
    throw new RangeError(`password of ${password.length} bytes: the wire has room for 8`);
  for (let i = 0; i < password.length; i += 1)
    bytes[at + i] = byte('character of the password', password.charCodeAt(i));
}
