import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Advert } from '../../src/core/vrrp/advert.js';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import { millis, seconds } from '../../src/values/time.js';
import { internetChecksum } from '../../src/wire/checksum.js';
import type { VrrpAdvert } from '../../src/wire/vrrp.js';
import type { VrrpAdvert2 } from '../../src/wire/vrrp-record.js';
import { decodeAdvert2 as decodeAdvert, encodeAdvert2 as encodeAdvert } from '../../src/wire/vrrp2.js';

const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
const unhex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

const advert = (over: Partial<VrrpAdvert2> = {}): VrrpAdvert2 => ({
  version: 2,
  virtualRouterId: 50,
  priority: 100,
  interval: seconds(1),
  addresses: ['172.28.128.200' as Ipv4],
  auth: { type: 'pass', password: 'netology' },
  ...over,
});

/** A message with one byte changed and, unless told, its checksum put right again. */
function patched(offset: number, value: number, fix = true): Uint8Array {
  const bytes = encodeAdvert(advert());
  bytes[offset] = value;
  if (!fix) return bytes;
  bytes[6] = 0;
  bytes[7] = 0;
  const sum = internetChecksum(bytes);
  bytes[6] = sum >> 8;
  bytes[7] = sum & 255;
  return bytes;
}

// Who made the bytes, the bytes, what they say. scapy 2.5: VRRP(...); keepalived 2.2.7: captured on a veth.
const golden: ReadonlyArray<readonly [string, string, VrrpAdvert2]> = [
  ['scapy, password of eight', '2132640101019628ac1c80c86e65746f6c6f6779', advert()],
  [
    'scapy, owner, three addresses, no authentication',
    '2101ff030003c1f10a0000010a0000020a0000030000000000000000',
    advert({
      virtualRouterId: 1,
      priority: 255,
      interval: seconds(3),
      addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as Ipv4[],
      auth: { type: 'none' },
    }),
  ],
  [
    'scapy, priority 0, VRID and interval 255, short password',
    '21ff000101ff95aa0a00000a7365637265740000',
    advert({
      virtualRouterId: 255,
      priority: 0,
      interval: seconds(255),
      addresses: ['10.0.0.10' as Ipv4],
      auth: { type: 'pass', password: 'secret' },
    }),
  ],
  [
    'keepalived, auth_pass netology_secret, two addresses',
    '2132640201016941ac1c80c8ac1c80c96e65746f6c6f6779',
    advert({ addresses: ['172.28.128.200', '172.28.128.201'] as Ipv4[] }),
  ],
  [
    'keepalived, the same letting go',
    '213200020101cd41ac1c80c8ac1c80c96e65746f6c6f6779',
    advert({ priority: 0, addresses: ['172.28.128.200', '172.28.128.201'] as Ipv4[] }),
  ],
  [
    'keepalived, no authentication, every 2 s',
    '21339601000236b90a0908070000000000000000',
    advert({
      virtualRouterId: 51,
      priority: 150,
      interval: seconds(2),
      addresses: ['10.9.8.7' as Ipv4],
      auth: { type: 'none' },
    }),
  ],
];

describe('the bytes of other implementations', () => {
  for (const [who, text, record] of golden) {
    it(`reads what ${who} sends`, () => expect(decodeAdvert(unhex(text))).toEqual({ ok: true, advert: record }));
    it(`writes the same bytes as ${who}`, () => expect(hex(encodeAdvert(record))).toBe(text));
  }
});

describe('an advert on the wire', () => {
  it('5: is 8 + 4n + 8 bytes long, with and without authentication', () => {
    const addresses = ['10.0.0.1', '10.0.0.2'] as Ipv4[];
    expect(encodeAdvert(advert({ addresses })).length).toBe(24);
    expect(encodeAdvert(advert({ addresses, auth: { type: 'none' } })).length).toBe(24);
  });

  it('5: carries the interval in whole seconds', () => {
    expect(encodeAdvert(advert({ interval: seconds(7) }))[5]).toBe(7);
    expect(() => encodeAdvert(advert({ interval: millis(1500) }))).toThrow('interval in seconds is 1.5');
    expect(() => encodeAdvert(advert({ interval: seconds(256) }))).toThrow('interval in seconds is 256');
  });

  it('7: has a checksum over the whole message, the password included', () => {
    expect(internetChecksum(encodeAdvert(advert()))).toBe(0);
    expect(decodeAdvert(patched(15, 0x58, false))).toEqual({ ok: false, why: 'bad-checksum' });
  });

  it('8: is discarded with another version', () => {
    for (const version of [0, 1, 3, 4, 15]) {
      expect(decodeAdvert(patched(0, (version << 4) | 1))).toEqual({ ok: false, why: 'bad-version' });
    }
  });

  it('8: is judged by its version before anything else', () => {
    expect(decodeAdvert(Uint8Array.of(0x32))).toEqual({ ok: false, why: 'bad-version' });
  });

  it('9: is discarded with another type, before its length is looked at', () => {
    for (const type of [0, 2, 15]) {
      expect(decodeAdvert(patched(0, 0x20 | type))).toEqual({ ok: false, why: 'bad-type' });
      expect(decodeAdvert(Uint8Array.of(0x20 | type))).toEqual({ ok: false, why: 'bad-type' });
    }
  });

  it('10: is discarded when any of its last bytes is missing, before the checksum is looked at', () => {
    const whole = encodeAdvert(advert());
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeAdvert(whole.subarray(0, length))).toEqual({ ok: false, why: 'truncated' });
    }
  });

  it('10: is discarded when it announces more addresses than it carries', () => {
    expect(decodeAdvert(patched(3, 2))).toEqual({ ok: false, why: 'truncated' });
    expect(decodeAdvert(patched(3, 255))).toEqual({ ok: false, why: 'truncated' });
  });

  it('10: may be followed by padding, of whatever content', () => {
    const padded = new Uint8Array(46).fill(0xa5);
    padded.set(encodeAdvert(advert()));
    expect(decodeAdvert(padded)).toEqual({ ok: true, advert: advert() });
  });

  it('11: is discarded when one bit anywhere is flipped', () => {
    const whole = encodeAdvert(advert());
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = whole.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeAdvert(bytes).ok).toBe(false);
    }
  });

  it('19: may list no address at all; the settings decide about that', () => {
    const none = advert({ addresses: [] });
    expect(decodeAdvert(encodeAdvert(none))).toEqual({ ok: true, advert: none });
  });

  it('20: with type 0 the data is sent as zero', () => {
    expect(hex(encodeAdvert(advert({ auth: { type: 'none' } })).subarray(12))).toBe('0000000000000000');
  });

  it('20: with type 0 the data is ignored when received', () => {
    expect(decodeAdvert(patched(4, 0))).toEqual({ ok: true, advert: advert({ auth: { type: 'none' } }) });
  });

  it('20: an unknown authentication type is handed on by its number', () => {
    expect(decodeAdvert(patched(4, 2))).toEqual({ ok: true, advert: advert({ auth: { type: 'other', number: 2 } }) });
  });

  it('20: a password is padded with zeros, and only the zeros at the end are padding', () => {
    expect(hex(encodeAdvert(advert({ auth: { type: 'pass', password: 'ab' } })).subarray(12))).toBe('6162000000000000');
    const gap = advert({ auth: { type: 'pass', password: 'a\0b' } });
    expect(decodeAdvert(encodeAdvert(gap))).toEqual({ ok: true, advert: gap });
  });

  it('20: a password that does not fit is refused, not cut', () => {
    expect(() => encodeAdvert(advert({ auth: { type: 'pass', password: 'netology_' } }))).toThrow('9 bytes');
    expect(() => encodeAdvert(advert({ auth: { type: 'pass', password: 'żółw' } }))).toThrow(
      'character of the password',
    );
  });

  it('is read from a window of a larger buffer', () => {
    const buffer = new Uint8Array(64).fill(0xff);
    buffer.set(encodeAdvert(advert()), 20);
    expect(decodeAdvert(buffer.subarray(20, 40))).toEqual({ ok: true, advert: advert() });
  });

  it('is the same record for the wire and for the core', () => {
    expectTypeOf<VrrpAdvert>().toEqualTypeOf<Advert>();
  });
});

describe('any advert and any bytes', () => {
  const anyAuth: fc.Arbitrary<VrrpAdvert2['auth']> = fc.oneof(
    fc.constant({ type: 'none' as const }),
    fc.record({ type: fc.constant('other' as const), number: fc.integer({ min: 2, max: 255 }) }),
    fc.record({
      type: fc.constant('pass' as const),
      password: fc
        .array(fc.integer({ min: 0, max: 255 }), { maxLength: 8 })
        .map((codes) => String.fromCharCode(...codes).replace(/\0+$/, '')),
    }),
  );
  const anyAdvert: fc.Arbitrary<VrrpAdvert2> = fc.record({
    version: fc.constant(2 as const),
    virtualRouterId: fc.integer({ min: 0, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    interval: fc.integer({ min: 0, max: 255 }).map(seconds),
    addresses: fc.array(fc.integer({ min: 0, max: 0xffff_ffff }).map(ipv4FromNumber), { maxLength: 255 }),
    auth: anyAuth,
  });

  it('comes back from the wire as it went', () => {
    fc.assert(
      fc.property(anyAdvert, (record) => {
        const decoded = decodeAdvert(encodeAdvert(record));
        expect(decoded).toEqual({ ok: true, advert: record });
      }),
      { numRuns: 1_000 },
    );
  });

  it('100,000 random byte strings are read without an exception, half of them made to look right', () => {
    const shape = fc.tuple(fc.uint8Array({ maxLength: 64 }), fc.boolean());
    fc.assert(
      fc.property(shape, ([bytes, look]) => {
        if (look && bytes.length > 3) {
          bytes[0] = 0x21;
          bytes[3] = (bytes[3] ?? 0) % 8;
          const end = 16 + 4 * (bytes[3] ?? 0);
          if (bytes.length >= end) {
            bytes[6] = 0;
            bytes[7] = 0;
            const sum = internetChecksum(bytes, 0, end);
            bytes[6] = sum >> 8;
            bytes[7] = sum & 255;
          }
        }
        const decoded = decodeAdvert(bytes);
        if (!decoded.ok) return;
        // What was accepted says the same when written again.
        const again = decodeAdvert(encodeAdvert(decoded.advert));
        if (!again.ok || JSON.stringify(again.advert) !== JSON.stringify(decoded.advert)) throw new Error('differs');
      }),
      { numRuns: 100_000 },
    );
  });
});
