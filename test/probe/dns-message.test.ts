import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, judgeAnswer } from '../../src/probe/dns.js';
import { decodeAnswer, encodeQuery, withId } from '../../src/probe/dns-message.js';
import { encodeDnsName, readDnsName } from '../../src/probe/dns-name.js';
import { DNS_TYPES, type DnsType, readRecord } from '../../src/probe/dns-record.js';
import { canonicalName, type Labels, parseDomainName } from '../../src/values/domain-name.js';
import { A, dnsAnswer, framed } from './dns-answers.js';

const labels = (name: string): Labels => {
  const parsed = parseDomainName(name);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
};
const query = (name: string, type: DnsType, id = 0x1234) =>
  withId(encodeQuery({ name: labels(name), type, recurse: true }), id);
const wire = (name: string) => encodeDnsName(labels(name));
const anyLabel = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_'), minLength: 1, maxLength: 63 });
const anyName = fc
  .array(anyLabel, { minLength: 1, maxLength: 5 })
  .map((all) => all.join('.'))
  .filter((name) => typeof parseDomainName(name) !== 'string');

describe('a domain name', () => {
  it('comes back from the wire in lower case, with its root', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(readDnsName(wire(name), 0)).toEqual({ name: canonicalName(name), end: wire(name).length });
      }),
    );
    expect(readDnsName(wire('.'), 0)).toEqual({ name: '.', end: 1 });
  });

  it('is refused with the reason', () => {
    expect(parseDomainName('a..b')).toBe('has an empty label');
    expect(parseDomainName('')).toBe('has a character that is not printable ASCII');
    expect(parseDomainName('a b')).toBe('has a character that is not printable ASCII');
    expect(parseDomainName('a'.repeat(64))).toBe('has a label of more than 63 characters');
    expect(parseDomainName(Array(5).fill('a'.repeat(60)).join('.'))).toBe('is longer than 255 bytes');
  });

  it('may be compressed; a pointer that does not lead backwards is refused', () => {
    const message = Buffer.concat([wire('example.org'), Buffer.from([3, 0x77, 0x77, 0x77, 0xc0, 0x00])]);
    expect(readDnsName(message, 13)).toEqual({ name: 'www.example.org.', end: 19 });
    // To itself, forwards, in a circle, beyond the end.
    expect(readDnsName(Buffer.from([0xc0, 0x00]), 0)).toBeNull();
    expect(readDnsName(Buffer.from([0xc0, 0x02, 0x00]), 0)).toBeNull();
    expect(readDnsName(Buffer.from([1, 0x61, 0xc0, 0x04, 0xc0, 0x00]), 4)).toBeNull();
    expect(readDnsName(Buffer.from([0xff, 0xff]), 0)).toBeNull();
    expect(readDnsName(Buffer.from([0x40, 0x00]), 0)).toBeNull();
  });

  it('is never longer than 255 bytes, however its pieces point at each other', () => {
    // Each piece adds a label of 63 bytes and goes on at the one before.
    const pieces: number[] = [0];
    for (let i = 0; i < 300; i++) {
      const before = i === 0 ? 0 : pieces.length - 66;
      pieces.push(63, ...Array<number>(63).fill(0x61), 0xc0 | (before >> 8), before & 0xff);
    }
    const message = Uint8Array.from(pieces);
    expect(readDnsName(message, 1)?.name).toHaveLength(64);
    expect(readDnsName(message, pieces.length - 66)).toBeNull();
  });

  it('shows bytes that are no text as numbers', () => {
    expect(readDnsName(Buffer.from([4, 0x1b, 0x2e, 0x20, 0xff, 0]), 0)?.name).toBe('\\027\\.\\032\\255.');
  });
});

describe('an answer', () => {
  it('has the records of the type that was asked for', () => {
    const asked = query('www.example.org', 'A');
    const cname = [5, wire('web.example.org')] as const;
    expect(decodeAnswer(asked, 'A', dnsAnswer(asked, { records: [cname, A] }))).toEqual({
      kind: 'answer',
      rcode: 'noerror',
      truncated: false,
      records: ['192.0.2.1'],
    });
  });

  it('of each type is written as in a zone file', () => {
    const number = (...all: number[]) => Buffer.from(all);
    const data: Record<DnsType, [Uint8Array, string]> = {
      A: [number(192, 0, 2, 1), '192.0.2.1'],
      AAAA: [Buffer.from('20010db8000000000000000000000001', 'hex'), '2001:db8::1'],
      NS: [wire('NS1.example.org'), 'ns1.example.org.'],
      CNAME: [wire('a.b'), 'a.b.'],
      PTR: [wire('host.example.org'), 'host.example.org.'],
      MX: [Buffer.concat([number(0, 10), wire('mail.example.org')]), '10 mail.example.org.'],
      SRV: [Buffer.concat([number(0, 1, 0, 5, 0x13, 0xc4), wire('sip.test')]), '1 5 5060 sip.test.'],
      TXT: [Buffer.from('\x03all\x08 is well'), 'all is well'],
      SOA: [
        Buffer.concat([
          wire('a.test'),
          wire('b.test'),
          number(0x77, 0x35, 0x94, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4),
        ]),
        'a.test. b.test. 2000000000 1 2 3 4',
      ],
    };
    for (const [type, [bytes, text]] of Object.entries(data) as [DnsType, [Uint8Array, string]][]) {
      expect([type, readRecord(type, bytes, 0, bytes.length)]).toEqual([type, text]);
      // One byte less is no such record, but for a text.
      if (type !== 'TXT') expect([type, readRecord(type, bytes, 0, bytes.length - 1)]).toEqual([type, null]);
    }
  });

  it('to another query is not listened to: another id, name, type, class, or a query itself', () => {
    const asked = query('www.example.org', 'A');
    const good = dnsAnswer(asked, { records: [A] });
    const others = [
      dnsAnswer(query('www.example.org', 'A', 0x1235), { records: [A] }),
      dnsAnswer(query('www.example.com', 'A'), { records: [A] }),
      dnsAnswer(query('www.example.org', 'AAAA'), { records: [A] }),
      Buffer.from(asked),
    ];
    for (const other of others) expect(decodeAnswer(asked, 'A', other)).toEqual({ kind: 'other' });
    expect(decodeAnswer(asked, 'A', good).kind).toBe('answer');
    // Names are compared without regard to case (RFC 4343).
    expect(decodeAnswer(query('WWW.example.ORG', 'A'), 'A', good).kind).toBe('answer');
  });

  it('with a code alone may leave the question out', () => {
    const asked = query('www.example.org', 'A');
    const bare = dnsAnswer(asked, { rcode: 1 }).subarray(0, 12);
    bare.writeUInt16BE(0, 4);
    expect(decodeAnswer(asked, 'A', bare)).toMatchObject({ kind: 'answer', rcode: 'formerr' });
  });

  it('that is malformed says how', () => {
    const asked = query('www.example.org', 'A');
    const good = dnsAnswer(asked, { records: [A] });
    expect(decodeAnswer(asked, 'A', good.subarray(0, 11))).toMatchObject({ why: 'an answer shorter than its header' });
    expect(decodeAnswer(asked, 'A', good.subarray(0, -1))).toMatchObject({ why: 'an answer that breaks off' });
    const short = dnsAnswer(asked, { records: [[1, Buffer.from([1, 2, 3])]] });
    expect(decodeAnswer(asked, 'A', short)).toMatchObject({ why: 'an answer with a malformed A record' });
    const loop = dnsAnswer(asked, { records: [A] });
    loop.writeUInt16BE(0xc000 | asked.length, asked.length);
    expect(decodeAnswer(asked, 'A', loop)).toMatchObject({ why: 'an answer with a malformed name' });
  });

  it('of any bytes is survived, and read in bounded time', () => {
    const asked = query('www.example.org', 'A');
    const good = dnsAnswer(asked, { records: [A, [5, wire('x.test')], [16, Buffer.from('\x03abc')]] });
    const types = Object.keys(DNS_TYPES) as DnsType[];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 12 }),
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(good.length),
        fc.constantFrom(...types),
        (changes, tail, cut, type) => {
          const bytes = Buffer.concat([good.subarray(0, cut), tail]);
          for (const [at, value] of changes) if (at < bytes.length && at > 3) bytes[at] = value;
          expect(['answer', 'other', 'malformed']).toContain(decodeAnswer(asked, type, bytes).kind);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('with 65,535 announced records, all compressed, is read at once', () => {
    const asked = query('www.example.org', 'A');
    const one = dnsAnswer(asked, { records: [A] }).subarray(asked.length);
    const head = dnsAnswer(asked, {});
    head.writeUInt16BE(65_535, 6);
    const answer = decodeAnswer(asked, 'A', Buffer.concat([head, ...Array<Buffer>(4_000).fill(one)]));
    expect(answer.kind === 'answer' && answer.records.length).toBe(256);
  });

  it('by TCP is read whole however it is cut into pieces', () => {
    const asked = query('www.example.org', 'A');
    const answer = dnsAnswer(asked, { records: [A] });
    const bytes = Buffer.concat([framed(answer), Buffer.from('more')]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (at) => {
        const points = [...new Set(at)].sort((a, b) => a - b);
        const reader = new FrameReader();
        let message: Uint8Array | null = null;
        for (const [i, from] of [0, ...points].entries()) message ??= reader.feed(bytes.subarray(from, points[i]));
        expect(Buffer.from(message ?? [])).toEqual(answer);
      }),
    );
  });

  it('is judged by code, by expected records, and by their number', () => {
    const expected = { rcodes: ['noerror', 'nxdomain'] as const, answers: ['192.0.2.1'], least: 2 };
    const judge = (rcode: string, ...records: string[]) => {
      const answer = { kind: 'answer', rcode, truncated: false, records } as const;
      const verdict = judgeAnswer(answer, { type: 'A', expect: expected });
      return verdict === null ? null : verdict.ok ? 'up' : verdict.reason;
    };
    expect(judge('noerror', '192.0.2.1', '192.0.2.2')).toBe('up');
    expect(judge('nxdomain')).toBe('up');
    expect(judge('servfail')).toBe('answered servfail, expected noerror, nxdomain');
    expect(judge('noerror', '192.0.2.1')).toBe('1 A records, expected at least 2');
    expect(judge('noerror', '1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4')).toBe(
      'no A record 192.0.2.1; came 1.1.1.1 and 2.2.2.2 and 3.3.3.3 and 1 more',
    );
    expect(judge('noerror')).toBe('no A record 192.0.2.1; none came');
  });
});
