import { describe, expect, it } from 'vitest';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { seconds } from '../../src/values/time.js';
import { decodeAdvertPacket, encodeAdvertPacket, known } from '../../src/wire/advert-packet.js';
import { acceptAdverts, acceptOthers } from '../../src/wire/bpf.js';
import type { VrrpAdvert } from '../../src/wire/vrrp.js';
import type { Listened, Unicast } from '../../src/wire/vrrp-record.js';
import { runBpf } from './support/bpf-machine.js';

const [ME, PEER, OTHER] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as [Ipv4, Ipv4, Ipv4];
const fields = { virtualRouterId: 50, priority: 100, interval: seconds(1), addresses: ['10.0.0.100' as Ipv4] };
const advert3: VrrpAdvert = { version: 3, ...fields, checksum: 'pseudo_header' };
const advert2: VrrpAdvert = { version: 2, ...fields, auth: { type: 'pass', password: 'netology' } };
/** Written by scapy, from 10.0.0.1 to 10.0.0.2 with TTL 64. */
const SCAPY_3 = '45c0002000000000407065ac0a0000010a0000023132640100644b850a000064';
const SCAPY_2 = '45c0002800000000407065a40a0000010a000002213264010101b8a90a0000646e65746f6c6f6779';

const peer = (address: Ipv4, minTtl = 1, maxTtl = 255) => ({ address, minTtl, maxTtl });
const listened = (unicast: Unicast | null, version: 2 | 3 = 3): Listened => ({
  virtualRouterId: 50,
  version,
  family: 4,
  unicast,
});
const strict = listened({ peers: [peer(PEER, 254)], anySource: false });
const open = listened({ peers: [peer(PEER, 254)], anySource: true });
const multicast = listened(null);

/** What becomes of a packet: taken in, or why not, and whether the kernel's filter lets it through to the reader. */
function fate(router: Listened, from: Ipv4, to: Ipv4 | undefined, ttl: number): string {
  const bytes = encodeAdvertPacket(advert3, from, to, ttl);
  const passes = runBpf(acceptAdverts([router], 4), bytes) > 0;
  expect(runBpf(acceptOthers([router], 4), bytes) > 0).toBe(!passes);
  const read = decodeAdvertPacket(bytes, known([router]));
  if (read.ok) expect(passes).toBe(true);
  return read.ok ? 'taken' : `${read.why}${read.router === undefined ? '' : ` for ${read.router}`}`;
}

describe('an advert to one peer', () => {
  it('7: is what scapy writes for the same fields, its checksum over the destination that it really has', () => {
    expect(Buffer.from(encodeAdvertPacket(advert3, ME, PEER, 64)).toString('hex')).toBe(SCAPY_3);
    expect(Buffer.from(encodeAdvertPacket(advert2, ME, PEER, 64)).toString('hex')).toBe(SCAPY_2);
  });

  it('comes back as it went, in both versions', () => {
    for (const advert of [advert2, advert3]) {
      const mine = listened({ peers: [peer(ME)], anySource: false }, advert.version);
      expect(decodeAdvertPacket(encodeAdvertPacket(advert, ME, PEER, 64), known([mine]))).toEqual({
        ok: true,
        from: ME,
        advert,
      });
    }
  });

  it('is taken from a peer within its bounds of TTL, and from nobody else', () => {
    expect(fate(strict, PEER, ME, 255)).toBe('taken');
    expect(fate(strict, PEER, ME, 254)).toBe('taken');
    expect(fate(strict, PEER, ME, 253)).toBe('bad-ttl for 50');
    expect(fate(listened({ peers: [peer(PEER, 1, 100)], anySource: false }), PEER, ME, 101)).toBe('bad-ttl for 50');
    expect(fate(strict, OTHER, ME, 255)).toBe('unknown-peer for 50');
  });

  it('is taken from anybody where that is asked for; the bounds of a peer hold for it still', () => {
    expect(fate(open, OTHER, ME, 7)).toBe('taken');
    expect(fate(open, PEER, ME, 7)).toBe('bad-ttl for 50');
  });

  it('is dropped where multicast is expected, and the reverse, and the router that is meant is named', () => {
    expect(fate(multicast, PEER, ME, 255)).toBe('wrong-destination for 50');
    expect(fate(multicast, PEER, undefined, 255)).toBe('taken');
    expect(fate(strict, PEER, undefined, 255)).toBe('wrong-destination for 50');
    expect(fate(strict, PEER, '255.255.255.255' as Ipv4, 255)).toBe('wrong-destination for 50');
  });

  it('and one to the group are told apart where both kinds of routers share an interface', () => {
    const both = [{ ...multicast, virtualRouterId: 51 }, strict];
    const program = acceptAdverts(both, 4);
    const of = (id: number, to?: Ipv4) => encodeAdvertPacket({ ...advert3, virtualRouterId: id }, PEER, to);
    expect([of(51), of(50, ME), of(51, ME), of(50)].map((bytes) => runBpf(program, bytes) > 0)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('of hundreds of peers are sorted in a program that the kernel allows, and of more by the reader', () => {
    const many = (count: number) =>
      listened({
        peers: Array.from({ length: count }, (_, i) => peer(`10.1.${i >> 8}.${i & 255}` as Ipv4)),
        anySource: false,
      });
    const last = encodeAdvertPacket(advert3, '10.1.2.87' as Ipv4, ME, 255);
    const stranger = encodeAdvertPacket(advert3, OTHER, ME, 255);
    for (const [count, filtered] of [
      [600, true],
      [16_320, false],
    ] as const) {
      const program = acceptAdverts([many(count)], 4);
      expect(program.length / 8).toBeLessThanOrEqual(4096);
      expect(runBpf(program, last)).toBeGreaterThan(0);
      expect(runBpf(program, stranger) > 0).toBe(!filtered);
    }
  });
});
