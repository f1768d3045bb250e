import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ipv6, ipv6FromBytes } from '../../src/values/ipv6.js';
import { millis, seconds } from '../../src/values/time.js';
import { encodeAdvertPacket, known, openEnvelope, VRRP_GROUP_6 } from '../../src/wire/advert-packet.js';
import { acceptAdverts, acceptOthers } from '../../src/wire/bpf.js';
import { decodeAdvert, encodeAdvert, type VrrpAdvert } from '../../src/wire/vrrp.js';
import type { Listened, VrrpAdvert3 } from '../../src/wire/vrrp-record.js';
import { runBpf } from './support/bpf-machine.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const ip = (text: string): Ipv6 => text as Ipv6;
const HEADER = 40;

const FROM = ip('fe80::60');
const ends = { source: FROM, destination: VRRP_GROUP_6 };
const advert = (over: Partial<VrrpAdvert3> = {}): VrrpAdvert3 => ({
  version: 3,
  virtualRouterId: 50,
  priority: 100,
  interval: seconds(1),
  addresses: [ip('fe80::200'), ip('2001:db8::200')],
  checksum: 'pseudo_header',
  ...over,
});
const owner = advert({
  virtualRouterId: 1,
  priority: 255,
  interval: millis(40_950),
  addresses: [ip('fe80::1')],
});
const lettingGo = advert({ priority: 0, interval: millis(10), addresses: [ip('fe80::200')] });

/** scapy 2.5: IPv6(hlim=255, tc=0xc0)/VRRPv3(...), from the IP header on. */
const golden: ReadonlyArray<readonly [string, Ipv6, Ipv6, string, VrrpAdvert3]> = [
  [
    'two addresses',
    FROM,
    VRRP_GROUP_6,
    '6c000000002870fffe800000000000000000000000000060ff020000000000000000000000000012' +
      '3132640200643b9ffe80000000000000000000000000020020010db8000000000000000000000200',
    advert(),
  ],
  [
    'the owner, every 40.95 s',
    ip('fe80::1'),
    VRRP_GROUP_6,
    '6c000000001870fffe800000000000000000000000000001ff0200000000000000000000000000123101ff010fffc35cfe800000000000000000000000000001',
    owner,
  ],
  [
    'priority 0 to one peer',
    ip('2001:db8::60'),
    ip('2001:db8::90'),
    '6c000000001870ff20010db800000000000000000000006020010db80000000000000000000000903132000100017160fe800000000000000000000000000200',
    lettingGo,
  ],
];

const router: Listened = { virtualRouterId: 50, version: 3, family: 6, unicast: null };
const envelope = (bytes: Uint8Array, over: object = {}) => ({
  source: ipv6FromBytes(bytes, 8),
  destination: ipv6FromBytes(bytes, 24),
  ttl: bytes[7] ?? 0,
  payload: bytes.subarray(HEADER),
  ...over,
});
const read = (bytes: Uint8Array, routers: readonly Listened[] = [router]) =>
  openEnvelope(envelope(bytes), known(routers));
const filtered = (program: Uint8Array, bytes: Uint8Array): boolean =>
  runBpf(program, bytes.subarray(HEADER), bytes) > 0;

describe('a version 3 advert over IPv6', () => {
  for (const [what, source, destination, text, record] of golden) {
    it(`is the bytes that scapy writes, and reads them: ${what}`, () => {
      expect(hex(encodeAdvertPacket(record, source, destination))).toBe(text);
      expect(decodeAdvert(unhex(text).subarray(HEADER), { source, destination })).toEqual({ ok: true, advert: record });
    });
  }

  it('1, 2: goes with hop limit 255 to ff02::12 as next header 112, class CS6, from the address given', () => {
    const bytes = encodeAdvertPacket(advert(), FROM);
    expect([bytes[0], bytes[1], bytes[6], bytes[7]]).toEqual([0x6c, 0, 112, 255]);
    expect(envelope(bytes)).toMatchObject({ source: FROM, destination: 'ff02::12' });
  });

  it('1: is discarded with another hop limit', () => {
    const bytes = encodeAdvertPacket(advert(), FROM);
    expect(openEnvelope(envelope(bytes, { ttl: 254 }), known([router]))).toEqual({
      ok: false,
      from: FROM,
      why: 'bad-ttl',
    });
  });

  it('5: is 8 + 16n bytes long', () => {
    expect(encodeAdvert(advert(), ends).length).toBe(40);
    expect(encodeAdvert(owner, ends).length).toBe(24);
  });

  it('7: has the pseudo-header in its checksum whatever the settings say for IPv4, and is bad without it', () => {
    expect(hex(encodeAdvert(advert({ checksum: 'rfc9568' }), ends))).toBe(hex(encodeAdvert(advert(), ends)));
    const bytes = encodeAdvert(advert(), ends);
    expect(decodeAdvert(bytes, { ...ends, source: ip('fe80::61') })).toEqual({ ok: false, why: 'bad-checksum' });
  });

  it('8: is never of version 2, which has no IPv6', () => {
    const two: VrrpAdvert = { ...advert(), version: 2, auth: { type: 'none' } };
    expect(() => encodeAdvertPacket(two, FROM)).toThrow('version 2 has no IPv6');
    const bytes = encodeAdvert(advert(), ends);
    bytes[0] = 0x21;
    expect(decodeAdvert(bytes, ends)).toEqual({ ok: false, why: 'bad-version' });
  });

  it('10, 11: is discarded when a byte is missing or a bit is flipped', () => {
    const whole = encodeAdvert(advert(), ends);
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeAdvert(whole.subarray(0, length), ends)).toEqual({ ok: false, why: 'truncated' });
    }
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = whole.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeAdvert(bytes, ends).ok).toBe(false);
    }
  });

  it('17: carries addresses of its own family only', () => {
    const mixed = advert({ addresses: [ip('fe80::200'), '10.0.0.1' as never] });
    expect(() => encodeAdvertPacket(mixed, FROM)).toThrow('address 10.0.0.1 cannot go over IPv6');
    expect(() => encodeAdvertPacket(advert(), '10.0.0.1' as never)).toThrow('address fe80::200 cannot go over IPv4');
    const decoded = decodeAdvert(encodeAdvert(advert(), ends), ends);
    expect(decoded.ok && decoded.advert.addresses).toEqual(['fe80::200', '2001:db8::200']);
  });

  it('comes back from the wire as it went', () => {
    const address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ipv6FromBytes(bytes));
    const any: fc.Arbitrary<VrrpAdvert3> = fc.record({
      version: fc.constant(3 as const),
      virtualRouterId: fc.integer({ min: 0, max: 255 }),
      priority: fc.integer({ min: 0, max: 255 }),
      interval: fc.integer({ min: 1, max: 4095 }).map((n) => millis(10 * n)),
      addresses: fc.array(address, { minLength: 1, maxLength: 90 }),
      checksum: fc.constant('pseudo_header' as const),
    });
    fc.assert(
      fc.property(any, address, address, (record, source, destination) => {
        const between = { source, destination };
        expect(decodeAdvert(encodeAdvert(record, between), between)).toEqual({ ok: true, advert: record });
      }),
      { numRuns: 500 },
    );
  });

  it('that is any bytes is read without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, look) => {
        if (look) bytes.set([0x31, 50].slice(0, bytes.length));
        openEnvelope({ ...ends, ttl: 255, payload: bytes }, known([router]));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('the packet filter behind an IPv6 header', () => {
  const whole = encodeAdvertPacket(advert(), FROM);
  const patched = (offset: number, value: number) => whole.with(offset, value);

  it.each([
    ['hop limit 254', patched(7, 254)],
    ['another group', patched(39, 0x13)],
    ['another group in its first word', patched(25, 0x05)],
    ['version 2', patched(HEADER, 0x21)],
    ['another type', patched(HEADER, 0x32)],
    ['another router', patched(HEADER + 1, 51)],
    ['23 bytes', whole.subarray(0, HEADER + 23)],
    ['nothing', whole.subarray(0, HEADER)],
  ])('drops %s, and the inverse one lets it through', (_, bytes) => {
    expect(filtered(acceptAdverts([router], 6), bytes)).toBe(false);
    expect(filtered(acceptOthers([router], 6), bytes)).toBe(true);
  });

  it('lets an advert through, as long as it is one', () => {
    expect(filtered(acceptAdverts([router], 6), whole)).toBe(true);
    expect(filtered(acceptOthers([router], 6), whole)).toBe(false);
    expect(filtered(acceptAdverts([router], 6), encodeAdvertPacket(lettingGo, FROM))).toBe(true);
  });

  it('and its inverse split all packets between them, and no advert that can be read is lost', () => {
    const addresses = ['fe80::1', 'fe80:0:0:1::1', '2001:db8::1', '2001:db8::2'].map(ip);
    const unicast = { peers: addresses.slice(0, 3).map((a, i) => ({ address: a, minTtl: 250 + i, maxTtl: 255 })) };
    const routers: Listened[] = [
      router,
      { ...router, virtualRouterId: 51, unicast: { ...unicast, anySource: false } },
      { ...router, virtualRouterId: 52, unicast: { ...unicast, peers: unicast.peers.slice(0, 1), anySource: false } },
    ];
    const [adverts, others] = [acceptAdverts(routers, 6), acceptOthers(routers, 6)];
    const one = fc.record({
      id: fc.integer({ min: 49, max: 53 }),
      source: fc.constantFrom(...addresses),
      to: fc.constantFrom(VRRP_GROUP_6, ip('2001:db8::99'), ip('ff02::1')),
      ttl: fc.integer({ min: 248, max: 255 }),
      at: fc.nat(200),
      value: fc.nat(255),
    });
    let taken = 0;
    fc.assert(
      fc.property(one, ({ id, source, to, ttl, at, value }) => {
        const bytes = encodeAdvertPacket(advert({ virtualRouterId: id }), source, to, ttl);
        if (at < bytes.length) bytes[at] = value;
        const passes = filtered(adverts, bytes);
        expect(filtered(others, bytes)).toBe(!passes);
        if (!read(bytes, routers).ok) return;
        expect(passes).toBe(true);
        taken += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});
