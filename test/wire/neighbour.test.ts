import { describe, expect, it } from 'vitest';
import type { Ipv6 } from '../../src/values/ipv6.js';
import { encodeUnsolicitedAdvertisement } from '../../src/wire/neighbour.js';

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);
const frame = encodeUnsolicitedAdvertisement('2001:db8::200' as Ipv6, MAC);

describe('an unsolicited neighbour advertisement', () => {
  it('29: is what scapy writes: to all nodes with hop limit 255, R=1 S=0 O=1, and its link-layer address', () => {
    // Ether/IPv6(hlim=255)/ICMPv6ND_NA(R=1, S=0, O=1, tgt=...)/ICMPv6NDOptDstLLAddr(...)
    expect(Buffer.from(frame).toString('hex')).toBe(
      '33330000000102000000000186dd6000000000203aff20010db8000000000000000000000200ff0200000000000000000000000000018800752c' +
        'a000000020010db80000000000000000000002000201020000000001',
    );
  });

  it('needs an Ethernet address', () => {
    expect(() => encodeUnsolicitedAdvertisement('fe80::1' as Ipv6, new Uint8Array(20))).toThrow('20 bytes');
  });
});
