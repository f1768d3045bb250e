import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import { decodeArp, encodeArp, encodeGratuitousArp } from '../../src/wire/arp.js';

const VIP = '172.28.128.200' as Ipv4;
const HARDWARE = Uint8Array.from([0x02, 0x00, 0x5e, 0x10, 0x20, 0x30]);
/** Written by scapy; tshark calls it `ARP Announcement for 172.28.128.200`, gratuitous. */
const GOLDEN = 'ffffffffffff02005e1020300806000108000604000102005e102030ac1c80c8000000000000ac1c80c8';

describe('gratuitous ARP', () => {
  it('is the frame that scapy writes (vrrp-checklist 29: sender and target are the address)', () => {
    expect(Buffer.from(encodeGratuitousArp(VIP, HARDWARE)).toString('hex')).toBe(GOLDEN);
  });

  it('is read back, padded to the least Ethernet frame', () => {
    const padded = new Uint8Array(60);
    padded.set(Buffer.from(GOLDEN, 'hex'));
    expect(decodeArp(padded)).toEqual({
      ok: true,
      frame: {
        destination: new Uint8Array(6).fill(255),
        source: HARDWARE,
        operation: 'request',
        senderHardware: HARDWARE,
        sender: VIP,
        targetHardware: new Uint8Array(6),
        target: VIP,
      },
    });
  });

  it('is refused for a hardware address that is not of Ethernet', () => {
    expect(() => encodeGratuitousArp(VIP, new Uint8Array(20))).toThrow('hardware address of 20 bytes');
  });
});

describe('ARP frames', () => {
  it('come back as the same record, whatever the fields', () => {
    const hardware = fc.uint8Array({ minLength: 6, maxLength: 6 });
    const address = fc.integer({ min: 0, max: 0xffff_ffff }).map(ipv4FromNumber);
    const any = fc.record({
      destination: hardware,
      source: hardware,
      operation: fc.constantFrom('request' as const, 'reply' as const),
      senderHardware: hardware,
      sender: address,
      targetHardware: hardware,
      target: address,
    });
    fc.assert(
      fc.property(any, (frame) => {
        expect(decodeArp(encodeArp(frame))).toEqual({ ok: true, frame });
      }),
    );
  });

  it.each([
    ['truncated', GOLDEN.slice(0, 82)],
    ['not-arp', GOLDEN.replace('0806', '0800')],
    ['bad-operation', GOLDEN.replace('06040001', '06040003')],
  ])('are refused as %s', (why, hex) => {
    expect(decodeArp(Buffer.from(hex, 'hex'))).toEqual({ ok: false, why });
  });
});
