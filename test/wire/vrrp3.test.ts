import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import { millis, seconds } from '../../src/values/time.js';
import { internetChecksum } from '../../src/wire/checksum.js';
import { decodeAdvert } from '../../src/wire/vrrp.js';
import type { Ends, VrrpAdvert3 } from '../../src/wire/vrrp-record.js';
import { decodeAdvert3, encodeAdvert3 } from '../../src/wire/vrrp3.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

const ends = (source: string): Ends => ({ source: source as Ipv4, destination: '224.0.0.18' as Ipv4 });
const D1 = ends('172.28.128.60');

const advert = (over: Partial<VrrpAdvert3> = {}): VrrpAdvert3 => ({
  version: 3,
  virtualRouterId: 50,
  priority: 100,
  interval: seconds(1),
  addresses: ['172.28.128.200' as Ipv4],
  checksum: 'rfc9568',
  ...over,
});

/** A message with one byte changed and its checksum put right again. */
function patched(offset: number, value: number): Uint8Array {
  const bytes = encodeAdvert3(advert(), D1);
  bytes[offset] = value;
  bytes[6] = 0;
  bytes[7] = 0;
  const sum = internetChecksum(bytes);
  bytes[6] = sum >> 8;
  bytes[7] = sum & 255;
  return bytes;
}

const three = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as Ipv4[];
const two = ['172.28.128.200', '172.28.128.201'] as Ipv4[];
const owner = advert({ virtualRouterId: 1, priority: 255, interval: millis(40_950), addresses: three });
const lettingGo = advert({ virtualRouterId: 255, priority: 0, interval: millis(10), addresses: ['10.0.0.10' as Ipv4] });
const pseudo = (record: VrrpAdvert3): VrrpAdvert3 => ({ ...record, checksum: 'pseudo_header' });

// Who made the bytes, from where, the bytes, what they say. scapy 2.5: IP()/VRRPv3(...), whose checksum has the
// pseudo-header, and the same with scapy's checksum() of the message; keepalived 2.2.7: captured on a veth.
const golden: ReadonlyArray<readonly [string, Ends, string, VrrpAdvert3]> = [
  ['scapy', D1, '313264010064309bac1c80c8', pseudo(advert())],
  ['scapy, message only', D1, '3132640100643d83ac1c80c8', advert()],
  ['scapy, owner, three addresses', ends('10.0.0.1'), '3101ff030fffb75d0a0000010a0000020a000003', pseudo(owner)],
  ['scapy, the same, message only', ends('10.0.0.1'), '3101ff030fffa1f50a0000010a0000020a000003', owner],
  ['scapy, priority 0, every 10 ms', ends('10.255.255.254'), '31ff00010001d8670a00000a', pseudo(lettingGo)],
  ['scapy, the same, message only', ends('10.255.255.254'), '31ff00010001c3f40a00000a', lettingGo],
  [
    'keepalived, every 100 ms, two addresses',
    D1,
    '31326402000a040aac1c80c8ac1c80c9',
    pseudo(advert({ interval: millis(100), addresses: two })),
  ],
  [
    'keepalived, the same letting go',
    D1,
    '31320002000a680aac1c80c8ac1c80c9',
    pseudo(advert({ priority: 0, interval: millis(100), addresses: two })),
  ],
];

describe('the version 3 bytes of other implementations', () => {
  for (const [who, between, text, record] of golden) {
    it(`reads what ${who} sends, and says which checksum it has`, () => {
      expect(decodeAdvert3(unhex(text), between)).toEqual({ ok: true, advert: record });
    });
    it(`writes the same bytes as ${who}`, () => expect(hex(encodeAdvert3(record, between))).toBe(text));
  }
});

describe('a version 3 advert on the wire', () => {
  it('5: is 8 + 4n bytes long, with the interval in 12 bits of hundredths of a second', () => {
    expect(encodeAdvert3(advert({ addresses: two }), D1).length).toBe(16);
    expect(encodeAdvert3(advert({ interval: millis(40_950) }), D1).subarray(4, 6)).toEqual(Uint8Array.of(0x0f, 0xff));
    expect(encodeAdvert3(advert({ interval: millis(10) }), D1).subarray(4, 6)).toEqual(Uint8Array.of(0, 1));
  });

  it('5: does not carry an interval of another kind', () => {
    for (const [interval, n] of [
      [millis(15), '1.5'],
      [millis(40_960), '4096'],
      [millis(0), '0'],
    ] as const) {
      expect(() => encodeAdvert3(advert({ interval }), D1)).toThrow(`interval in centiseconds is ${n}`);
    }
  });

  it('6: has zeros in its reserved bits, and those of others are ignored', () => {
    expect((encodeAdvert3(advert(), D1)[4] ?? 0) >> 4).toBe(0);
    // scapy, all four bits set: with the pseudo-header and without.
    expect(decodeAdvert3(unhex('31326401f064409aac1c80c8'), D1)).toEqual({ ok: true, advert: pseudo(advert()) });
    expect(decodeAdvert3(unhex('31326401f0644d82ac1c80c8'), D1)).toEqual({ ok: true, advert: advert() });
  });

  it('7: with the pseudo-header is bad where its sender’s address was changed on the way', () => {
    const bytes = encodeAdvert3(pseudo(advert()), D1);
    expect(decodeAdvert3(bytes, ends('172.28.128.61'))).toEqual({ ok: false, why: 'bad-checksum' });
  });

  it('8: is discarded with another version, before anything else is looked at', () => {
    for (const version of [0, 1, 2, 4, 15]) {
      expect(decodeAdvert3(patched(0, (version << 4) | 1), D1)).toEqual({ ok: false, why: 'bad-version' });
      expect(decodeAdvert3(Uint8Array.of(version << 4), D1)).toEqual({ ok: false, why: 'bad-version' });
    }
  });

  it('9: is discarded with another type, before its length is looked at', () => {
    for (const type of [0, 2, 15]) {
      expect(decodeAdvert3(patched(0, 0x30 | type), D1)).toEqual({ ok: false, why: 'bad-type' });
      expect(decodeAdvert3(Uint8Array.of(0x30 | type), D1)).toEqual({ ok: false, why: 'bad-type' });
    }
  });

  it('10: is discarded when any of its last bytes is missing, or when it announces more addresses than it carries', () => {
    const whole = encodeAdvert3(advert(), D1);
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeAdvert3(whole.subarray(0, length), D1)).toEqual({ ok: false, why: 'truncated' });
    }
    expect(decodeAdvert3(patched(3, 2), D1)).toEqual({ ok: false, why: 'truncated' });
    expect(decodeAdvert3(patched(3, 255), D1)).toEqual({ ok: false, why: 'truncated' });
  });

  it('10: may be followed by padding, of whatever content', () => {
    const padded = new Uint8Array(46).fill(0xa5);
    padded.set(encodeAdvert3(pseudo(advert()), D1));
    expect(decodeAdvert3(padded, D1)).toEqual({ ok: true, advert: pseudo(advert()) });
  });

  it('11: is discarded when one bit anywhere is flipped', () => {
    for (const record of [advert(), pseudo(advert())]) {
      const whole = encodeAdvert3(record, D1);
      for (let bit = 0; bit < whole.length * 8; bit += 1) {
        const bytes = whole.slice();
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(decodeAdvert3(bytes, D1).ok).toBe(false);
      }
    }
  });

  it('14: without an address is discarded, and never written', () => {
    expect(decodeAdvert3(patched(3, 0).subarray(0, 8), D1)).toEqual({ ok: false, why: 'bad-checksum' });
    const empty = Uint8Array.of(0x31, 50, 100, 0, 0, 100, 0, 0);
    const sum = internetChecksum(empty);
    expect(decodeAdvert3(empty.with(6, sum >> 8).with(7, sum & 255), D1)).toEqual({ ok: false, why: 'no-addresses' });
    expect(() => encodeAdvert3(advert({ addresses: [] }), D1)).toThrow('number of addresses is 0');
  });

  it('15: with interval 0 is discarded, whatever its reserved bits', () => {
    for (const reserved of [0, 0xf0]) {
      const bytes = patched(4, reserved);
      bytes[5] = 0;
      bytes[6] = 0;
      bytes[7] = 0;
      const sum = internetChecksum(bytes);
      bytes[6] = sum >> 8;
      bytes[7] = sum & 255;
      expect(decodeAdvert3(bytes, D1)).toEqual({ ok: false, why: 'zero-interval' });
    }
  });
});

describe('any version 3 advert and any bytes', () => {
  const address = fc.integer({ min: 0, max: 0xffff_ffff }).map(ipv4FromNumber);
  const anyAdvert: fc.Arbitrary<VrrpAdvert3> = fc.record({
    version: fc.constant(3 as const),
    virtualRouterId: fc.integer({ min: 0, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    interval: fc.integer({ min: 1, max: 4095 }).map((n) => millis(10 * n)),
    addresses: fc.array(address, { minLength: 1, maxLength: 255 }),
    checksum: fc.constantFrom('pseudo_header', 'rfc9568'),
  });

  it('comes back from the wire as it went', () => {
    fc.assert(
      fc.property(anyAdvert, address, (record, source) => {
        const between = ends(source);
        const decoded = decodeAdvert3(encodeAdvert3(record, between), between);
        // One source in 65,535 makes both conventions the same.
        if (decoded.ok && decoded.advert.checksum !== record.checksum) {
          expect(encodeAdvert3(decoded.advert, between)).toEqual(encodeAdvert3(record, between));
        } else expect(decoded).toEqual({ ok: true, advert: record });
      }),
      { numRuns: 1_000 },
    );
  });

  it('100,000 random byte strings are read without an exception, half of them made to look right', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, look) => {
        if (look && bytes.length > 7) {
          bytes[0] = 0x31;
          bytes[3] = (bytes[3] ?? 0) % 8;
          bytes[6] = 0;
          bytes[7] = 0;
          const sum = internetChecksum(bytes, 0, Math.min(bytes.length, 8 + 4 * (bytes[3] ?? 0)));
          bytes[6] = sum >> 8;
          bytes[7] = sum & 255;
        }
        const decoded = decodeAdvert(bytes, D1);
        if (!decoded.ok || decoded.advert.version !== 3) return;
        // What was accepted says the same when written again.
        const again = decodeAdvert3(encodeAdvert3(decoded.advert, D1), D1);
        if (!again.ok || JSON.stringify(again.advert) !== JSON.stringify(decoded.advert)) throw new Error('differs');
      }),
      { numRuns: 100_000 },
    );
  });
});
