import { describe, expect, it } from 'vitest';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { seconds } from '../../src/values/time.js';
import { decodeAdvertPacket, encodeAdvertPacket, known } from '../../src/wire/advert-packet.js';
import type { VrrpAdvert } from '../../src/wire/vrrp.js';

const plain = { family: 4, unicast: null } as const;
const FROM = '172.28.128.60' as Ipv4;
const advert: VrrpAdvert = {
  version: 2,
  virtualRouterId: 50,
  priority: 100,
  interval: seconds(1),
  addresses: ['172.28.128.200' as Ipv4],
  auth: { type: 'pass', password: 'netology' },
};
/** Written by scapy; tshark: `VRRP Announcement (v2)`, checksum correct, authentication string netology. */
const SCAPY = '45c0002800000000ff70ae3aac1c803ce00000122132640101019628ac1c80c86e65746f6c6f6779';
const advert3: VrrpAdvert = {
  version: 3,
  virtualRouterId: 50,
  priority: 100,
  interval: seconds(1),
  addresses: ['172.28.128.200' as Ipv4],
  checksum: 'pseudo_header',
};
/** Written by scapy; tshark: `VRRP Announcement (v3)`, checksum correct. */
const SCAPY_3 = '45c0002000000000ff70ae42ac1c803ce0000012313264010064309bac1c80c8';
const patched = (offset: number, value: number): Uint8Array =>
  encodeAdvertPacket(advert, FROM).map((byte, i) => (i === offset ? value : byte));
const read = (bytes: Uint8Array) => decodeAdvertPacket(bytes, known([{ virtualRouterId: 50, version: 2, ...plain }]));

describe('the packet of an advert', () => {
  it('goes with TTL 255 to 224.0.0.18 as protocol 112, from the address given (vrrp-checklist 1, 2, 3)', () => {
    const bytes = encodeAdvertPacket(advert, FROM);
    expect([bytes[8], bytes[9]]).toEqual([255, 112]);
    expect([...bytes.subarray(12, 20)]).toEqual([172, 28, 128, 60, 224, 0, 0, 18]);
  });

  it('is what scapy writes for the same fields', () => {
    expect(Buffer.from(encodeAdvertPacket(advert, FROM)).toString('hex')).toBe(SCAPY);
  });

  it('comes back as the advert and its sender', () => {
    expect(read(encodeAdvertPacket(advert, FROM))).toEqual({ ok: true, from: FROM, advert });
  });

  it.each([
    ['bad-ttl', 8, 254],
    ['wrong-destination', 19, 19],
    ['bad-type', 20, 0x22],
    ['bad-checksum', 26, 0],
    ['truncated', 23, 9],
  ])('is refused as %s, with its sender (vrrp-checklist 1, 8 to 11)', (why, offset, value) => {
    expect(read(patched(offset, value))).toEqual({ ok: false, from: FROM, why });
  });

  it('in the other version than its router’s is refused as bad-version, for that router (vrrp-checklist 8)', () => {
    const why = 'bad-version';
    expect(read(patched(20, 0x31))).toEqual({ ok: false, from: FROM, why, router: 50 });
    expect(read(encodeAdvertPacket(advert3, FROM))).toEqual({ ok: false, from: FROM, why, router: 50 });
    const three = known([{ virtualRouterId: 50, version: 3, ...plain }]);
    const two = encodeAdvertPacket(advert, FROM);
    expect(decodeAdvertPacket(two, three)).toEqual({ ok: false, from: FROM, why, router: 50 });
  });

  it('for no router of ours is bad-version where nobody here speaks it, else unknown-vrid', () => {
    const foreign = encodeAdvertPacket({ ...advert3, virtualRouterId: 51 }, FROM);
    expect(read(foreign)).toEqual({ ok: false, from: FROM, why: 'bad-version' });
    const both = known([
      { virtualRouterId: 50, version: 2, ...plain },
      { virtualRouterId: 52, version: 3, ...plain },
    ]);
    expect(decodeAdvertPacket(foreign, both)).toEqual({ ok: false, from: FROM, why: 'unknown-vrid' });
  });

  it('of version 3 is what scapy writes for the same fields, and comes back with its checksum’s convention', () => {
    const three = known([{ virtualRouterId: 50, version: 3, ...plain }]);
    expect(Buffer.from(encodeAdvertPacket(advert3, FROM)).toString('hex')).toBe(SCAPY_3);
    expect(decodeAdvertPacket(encodeAdvertPacket(advert3, FROM), three)).toEqual({
      ok: true,
      from: FROM,
      advert: advert3,
    });
    const short = { ...advert3, checksum: 'rfc9568' } as const;
    expect(decodeAdvertPacket(encodeAdvertPacket(short, FROM), three)).toEqual({ ok: true, from: FROM, advert: short });
  });

  it('for another router is refused as unknown-vrid (vrrp-checklist 12)', () => {
    const other = encodeAdvertPacket({ ...advert, virtualRouterId: 51 }, FROM);
    expect(read(other)).toEqual({ ok: false, from: FROM, why: 'unknown-vrid' });
  });

  it('that ends in its IP header is refused as truncated, sender unknown', () => {
    expect(read(new Uint8Array(19))).toEqual({ ok: false, from: null, why: 'truncated' });
  });
});
