import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipFromBytes } from '../../src/values/ip.js';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import { type Ipv6, ipv6ToBytes } from '../../src/values/ipv6.js';
import { encodeArp, encodeGratuitousArp } from '../../src/wire/arp.js';
import { acceptClaims, decodeClaim } from '../../src/wire/claim.js';
import { runBpf } from './support/bpf-machine.js';

const VIP = '10.0.0.10' as Ipv4;
const VIP6 = '2001:db8::10' as Ipv6;
const THEIRS = Uint8Array.of(2, 0, 0, 0, 0, 9);

/** A neighbour advertisement as a host sends it, checksum left out: nobody here looks at it. */
function neighbour(target: Ipv6, option = true): Uint8Array {
  const frame = new Uint8Array(option ? 86 : 78);
  frame.set([0x33, 0x33, 0, 0, 0, 1, ...THEIRS, 0x86, 0xdd, 0x60], 0);
  frame[20] = 58;
  frame[54] = 136;
  ipv6ToBytes(target, frame, 62);
  if (option) frame.set([2, 1, ...THEIRS], 78);
  return frame;
}

const passes = (addresses: Parameters<typeof acceptClaims>[0], frame: Uint8Array) =>
  runBpf(acceptClaims(addresses), frame) > 0;

describe('a claim of an address', () => {
  it('is read from ARP requests and replies, and from neighbour advertisements', () => {
    const claim = { address: VIP, hardware: '02:00:00:00:00:09' };
    expect(decodeClaim(encodeGratuitousArp(VIP, THEIRS))).toEqual(claim);
    const none = new Uint8Array(6);
    const reply = { destination: none, source: THEIRS, senderHardware: THEIRS, sender: VIP, targetHardware: none };
    expect(decodeClaim(encodeArp({ ...reply, operation: 'reply', target: '10.0.0.1' as Ipv4 }))).toEqual(claim);
    expect(decodeClaim(neighbour(VIP6))).toEqual({ address: VIP6, hardware: '02:00:00:00:00:09' });
    expect(decodeClaim(neighbour(VIP6, false))).toEqual({ address: VIP6, hardware: '02:00:00:00:00:09' });
  });

  it('is not made by a probe, which has no sender', () => {
    expect(decodeClaim(encodeGratuitousArp('0.0.0.0' as Ipv4, THEIRS))).toBeNull();
  });

  it('passes the filter where it names one of our addresses, and no other frame does', () => {
    expect(passes([VIP, VIP6], encodeGratuitousArp(VIP, THEIRS))).toBe(true);
    expect(passes([VIP, VIP6], neighbour(VIP6))).toBe(true);
    expect(passes([VIP, VIP6], encodeGratuitousArp('10.0.0.11' as Ipv4, THEIRS))).toBe(false);
    expect(passes([VIP, VIP6], neighbour('2001:db8::11' as Ipv6))).toBe(false);
    expect(passes([VIP6], encodeGratuitousArp(VIP, THEIRS))).toBe(false);
    expect(passes([VIP], neighbour(VIP6))).toBe(false);
  });

  it('passes the filter among two hundred addresses, and among a thousand, in a program that the kernel takes', () => {
    for (const n of [200, 1_000]) {
      const many = Array.from({ length: n }, (_, i) => ipv4FromNumber(0x0a01_0000 + i));
      const six = many.map((_, i) => ipFromBytes(6, Uint8Array.of(0x20, 1, ...new Array(12).fill(0), i >> 8, i & 255)));
      expect(acceptClaims([...many, ...six]).length / 8).toBeLessThanOrEqual(4096);
      expect(passes([...many, ...six], encodeGratuitousArp(many[n - 1] as Ipv4, THEIRS))).toBe(true);
      expect(passes([...many, ...six], neighbour(six[n - 1] as Ipv6))).toBe(true);
    }
  });

  it('is never found in random bytes by an exception', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (frame) => void decodeClaim(frame)));
  });
});
