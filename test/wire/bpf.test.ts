import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import { millis, seconds } from '../../src/values/time.js';
import { decodeAdvertPacket, encodeAdvertPacket, known } from '../../src/wire/advert-packet.js';
import { acceptNothing, acceptAdverts as adverts, acceptOthers as others } from '../../src/wire/bpf.js';
import { encodeIpv4 } from '../../src/wire/ipv4.js';
import type { Listened } from '../../src/wire/vrrp-record.js';
import { runBpf } from './support/bpf-machine.js';

const packet = encodeAdvertPacket(
  {
    version: 2,
    virtualRouterId: 50,
    priority: 100,
    interval: seconds(1),
    addresses: ['172.28.128.200' as Ipv4],
    auth: { type: 'pass', password: 'netology' },
  },
  '172.28.128.60' as Ipv4,
);
/** The same router in version 3. */
const packet3 = encodeAdvertPacket(
  {
    version: 3,
    virtualRouterId: 50,
    priority: 100,
    interval: millis(100),
    addresses: ['172.28.128.200' as Ipv4],
    checksum: 'pseudo_header',
  },
  '172.28.128.60' as Ipv4,
);
const plain = { family: 4, unicast: null } as const;
const v2 = (ids: readonly number[]) =>
  ids.map((virtualRouterId) => ({ virtualRouterId, version: 2 as const, ...plain }));
const v3 = (ids: readonly number[]) =>
  ids.map((virtualRouterId) => ({ virtualRouterId, version: 3 as const, ...plain }));
const acceptAdverts = (routers: readonly Listened[]) => adverts(routers, 4);
const acceptOthers = (routers: readonly Listened[]) => others(routers, 4);
const patched = (offset: number, value: number): Uint8Array => packet.map((byte, i) => (i === offset ? value : byte));
const accepts = (program: Uint8Array, bytes: Uint8Array): boolean => runBpf(program, bytes) > 0;

describe('the packet filter for adverts', () => {
  it('lets a whole advert through, and the inverse one drops it', () => {
    expect(runBpf(acceptAdverts(v2([50])), packet)).toBeGreaterThanOrEqual(65_535);
    expect(accepts(acceptOthers(v2([50])), packet)).toBe(false);
  });

  it.each([
    ['TTL 254', patched(8, 254)],
    ['another destination', patched(19, 19)],
    ['version 3', patched(20, 0x31)],
    ['another type', patched(20, 0x22)],
    ['another router', patched(21, 51)],
    ['15 bytes behind the IP header', packet.subarray(0, 35)],
    ['nothing behind the IP header', packet.subarray(0, 20)],
  ])('drops %s, and the inverse one lets it through', (_, bytes) => {
    expect(accepts(acceptAdverts(v2([50])), bytes)).toBe(false);
    expect(accepts(acceptOthers(v2([50])), bytes)).toBe(true);
  });

  it('looks behind IP options', () => {
    const options = Uint8Array.from([0x46, ...packet.subarray(1, 20), 148, 4, 0, 0, ...packet.subarray(20)]);
    expect(accepts(acceptAdverts(v2([50])), options)).toBe(true);
  });

  it('lets each router through in its own version only, where one interface has both', () => {
    const program = acceptAdverts([...v2([50]), ...v3([51])]);
    const as = (id: number, bytes: Uint8Array) => bytes.map((byte, i) => (i === 21 ? id : byte));
    expect([as(50, packet), as(51, packet), as(50, packet3), as(51, packet3)].map((p) => accepts(program, p))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(accepts(acceptAdverts(v3([50])), packet3.subarray(0, 31))).toBe(false);
    expect(accepts(acceptOthers(v3([50])), packet3.subarray(0, 31))).toBe(true);
  });

  it('takes all 255 routers in one program that the kernel allows', () => {
    const ids = Array.from({ length: 255 }, (_, i) => i + 1);
    const program = acceptAdverts(v2(ids));
    expect(program.length / 8).toBeLessThanOrEqual(4096);
    for (const id of ids) expect(accepts(program, patched(21, id))).toBe(true);
    expect(accepts(program, patched(21, 0))).toBe(false);
  });

  it('without a router drops everything, and the inverse one drops nothing', () => {
    expect(accepts(acceptAdverts([]), packet)).toBe(false);
    expect(accepts(acceptOthers([]), packet)).toBe(true);
    expect(accepts(acceptNothing(), packet)).toBe(false);
  });

  it('and its inverse split all packets between them, and no advert that can be read is lost', () => {
    const one = fc.oneof(
      fc.record({ at: fc.nat(packet3.length - 1), value: fc.nat(255) }).map(({ at, value }) => {
        const bytes = packet3.slice();
        bytes[at] = value;
        return bytes;
      }),
      fc.record({ at: fc.nat(packet.length - 1), value: fc.nat(255) }).map(({ at, value }) => patched(at, value)),
      fc.nat(packet.length - 20).map((n) => packet.subarray(0, 20 + n)),
      fc
        .record({ ttl: fc.constantFrom(255, 254), to: fc.nat(0xffff_ffff), payload: fc.uint8Array({ maxLength: 60 }) })
        .map(({ ttl, to, payload }) =>
          encodeIpv4({
            source: '10.0.0.1' as Ipv4,
            destination: to % 2 === 0 ? ('224.0.0.18' as Ipv4) : ipv4FromNumber(to),
            ttl,
            tos: 0,
            protocol: 112,
            payload,
          }),
        ),
    );
    fc.assert(
      fc.property(one, fc.uniqueArray(fc.integer({ min: 1, max: 255 })), fc.boolean(), (bytes, more, three) => {
        const rest = more.filter((id) => id !== 50);
        const half = rest.length >> 1;
        const ids = [...(three ? v3([50]) : v2([50])), ...v2(rest.slice(0, half)), ...v3(rest.slice(half))];
        const taken = accepts(acceptAdverts(ids), bytes);
        // The kernel delivers no packet whose header does not fit in it.
        fc.pre(((bytes[0] ?? 0) & 15) * 4 <= bytes.length);
        expect(accepts(acceptOthers(ids), bytes)).toBe(!taken);
        if (decodeAdvertPacket(bytes, known(ids)).ok) expect(taken).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
