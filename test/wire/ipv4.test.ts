import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import { internetChecksum } from '../../src/wire/checksum.js';
import { decodeIpv4, encodeIpv4, type Ipv4Packet } from '../../src/wire/ipv4.js';

const packet = (over: Partial<Ipv4Packet> = {}): Ipv4Packet => ({
  source: '172.28.128.60' as Ipv4,
  destination: '224.0.0.18' as Ipv4,
  ttl: 255,
  tos: 0xc0,
  protocol: 112,
  payload: Buffer.from('2132640101019628ac1c80c86e65746f6c6f6779', 'hex'),
  ...over,
});

describe('IPv4 headers', () => {
  it('are what scapy writes for the same fields', () => {
    expect(Buffer.from(encodeIpv4(packet())).toString('hex')).toBe(
      '45c0002800000000ff70ae3aac1c803ce00000122132640101019628ac1c80c86e65746f6c6f6779',
    );
  });

  it('come back as the same packet, with a right checksum, whatever the fields', () => {
    const address = fc.integer({ min: 0, max: 0xffff_ffff }).map(ipv4FromNumber);
    const byte = fc.integer({ min: 0, max: 255 });
    const any = fc.record({
      source: address,
      destination: address,
      ttl: byte,
      tos: byte,
      protocol: byte,
      payload: fc.uint8Array({ maxLength: 200 }),
    });
    fc.assert(
      fc.property(any, (written) => {
        const bytes = encodeIpv4(written);
        expect(internetChecksum(bytes, 0, 20)).toBe(0);
        expect(decodeIpv4(bytes)).toEqual({ ok: true, packet: written });
      }),
    );
  });

  it('end the payload where their length says, so that Ethernet padding is left out', () => {
    const bytes = new Uint8Array(60);
    bytes.set(encodeIpv4(packet()));
    const decoded = decodeIpv4(bytes);
    expect(decoded.ok && decoded.packet.payload.length).toBe(20);
  });

  it('with options begin the payload behind them', () => {
    const bytes = new Uint8Array([
      0x46, 0, 0, 26, 0, 0, 0, 0, 255, 112, 0, 0, 10, 0, 0, 1, 224, 0, 0, 18, 148, 4, 0, 0, 7, 8,
    ]);
    const decoded = decodeIpv4(bytes);
    expect(decoded.ok && [...decoded.packet.payload]).toEqual([7, 8]);
  });

  it.each([
    ['no bytes', ''],
    ['19 bytes', '45c0001300000000ff70ae3aac1c803ce00000'],
    ['a length behind the end', '45c0002900000000ff70ae3aac1c803ce0000012'],
    ['a header length below 20', '44c0001400000000ff70ae3aac1c803ce0000012'],
    ['a length below the header', '45c0001300000000ff70ae3aac1c803ce0000012'],
    ['another version', '65c0001400000000ff70ae3aac1c803ce0000012'],
  ])('are refused as truncated: %s', (_, hex) => {
    expect(decodeIpv4(Buffer.from(hex, 'hex'))).toEqual({ ok: false, why: 'truncated' });
  });

  it('of a payload that no packet can hold are refused', () => {
    expect(() => encodeIpv4(packet({ payload: new Uint8Array(65_516) }))).toThrow('IPv4 packet of 65536 bytes');
  });

  it('never throw on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const decoded = decodeIpv4(bytes);
        if (decoded.ok) expect(decoded.packet.payload.length).toBeLessThanOrEqual(bytes.length - 20);
      }),
    );
  });
});
