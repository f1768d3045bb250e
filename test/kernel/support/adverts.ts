import type { Advert } from '../../../src/core/vrrp/advert.js';
import type { Ipv4 } from '../../../src/values/ipv4.js';
import { seconds } from '../../../src/values/time.js';
import { encodeAdvertPacket } from '../../../src/wire/advert-packet.js';

export const A = '10.77.0.1' as Ipv4;
export const B = '10.77.0.2' as Ipv4;
export const VIP = '10.77.0.100' as Ipv4;

export const advert: Advert = {
  version: 2,
  virtualRouterId: 50,
  priority: 100,
  interval: seconds(1),
  addresses: [VIP],
  auth: { type: 'pass', password: 'netology' },
};

const packet = Buffer.from(encodeAdvertPacket(advert, B));
const patched = (offset: number, value: number): string => {
  const copy = Buffer.from(packet);
  copy[offset] = value;
  return copy.toString('hex');
};

/** One packet of each kind that a lan must drop, in hex, from the IP header on. */
export const BAD = {
  'bad-ttl': patched(8, 254),
  'bad-version': patched(20, 0x31),
  'bad-type': patched(20, 0x22),
  // The right router, version and length: the kernel's filter lets it through.
  'bad-checksum': patched(26, 0),
  'unknown-vrid': Buffer.from(encodeAdvertPacket({ ...advert, virtualRouterId: 51 }, B)).toString('hex'),
  truncated: patched(23, 200),
  'wrong-destination': patched(19, 251),
} as const;
