import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Family } from '../../src/values/ip.js';
import { internetChecksum } from '../../src/wire/checksum.js';
import { acceptEchoes, decodeEcho, encodeEchoRequest, TOKEN_LENGTH } from '../../src/wire/icmp-echo.js';
import { fromHeaders } from '../kernel/support/headers.js';

const token = Uint8Array.from({ length: TOKEN_LENGTH }, (_, i) => i + 1);

/** An IPv4 or IPv6 header to 192.0.2.1 or 2001:db8::1, with `payload` behind it. */
function packet(family: Family, payload: Uint8Array, options = 0): Buffer {
  const header = Buffer.alloc(family === 4 ? 20 + options : 40);
  header[0] = family === 4 ? 0x40 | (header.length / 4) : 0x60;
  header[family === 4 ? 9 : 6] = family === 4 ? 1 : 58;
  header.set(
    family === 4 ? [192, 0, 2, 1] : Buffer.from('20010db8000000000000000000000001', 'hex'),
    family === 4 ? 16 : 24,
  );
  return Buffer.concat([header, payload]);
}

/** The answer to a request: the same with another type. */
const reply = (family: Family, request: Uint8Array): Buffer => {
  const bytes = Buffer.from(request);
  bytes[0] = family === 4 ? 0 : 129;
  return bytes;
};

const failed = (family: Family, code: number, request: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([family === 4 ? 3 : 1, code, 0, 0, 0, 0, 0, 0]), packet(family, request)]);

describe.each([4, 6] as const)('echo messages of IPv%i', (family) => {
  const request = encodeEchoRequest(family, 0x1234, 7, token, 56);
  // An IPv6 raw socket delivers no header.
  const received = (message: Uint8Array) => (family === 4 ? packet(4, message, 8) : message);

  it('ask with an id, a number and a token', () => {
    expect(request).toHaveLength(8 + 56);
    expect([...request.subarray(0, 2), ...request.subarray(4, 8)]).toEqual([
      family === 4 ? 8 : 128,
      0,
      0x12,
      0x34,
      0,
      7,
    ]);
    if (family === 4) expect(internetChecksum(request)).toBe(0);
  });

  it('are told apart: replies, failures, and all else', () => {
    expect(decodeEcho(family, received(reply(family, request)), true)).toEqual({
      kind: 'reply',
      id: 0x1234,
      sequence: 7,
      token: expect.objectContaining({ length: TOKEN_LENGTH }),
    });
    expect(decodeEcho(family, received(failed(family, family === 4 ? 1 : 3, request)), true)).toEqual({
      kind: 'failed',
      id: 0x1234,
      sequence: 7,
      target: family === 4 ? '192.0.2.1' : '2001:db8::1',
      why: 'host unreachable',
    });
    expect(decodeEcho(family, received(request), true)).toBeNull();
    expect(decodeEcho(family, received(failed(family, 1, reply(family, request))), true)).toBeNull();
    expect(decodeEcho(family, received(failed(family, 250, request)), true)).toMatchObject({
      why: 'unreachable (code 250)',
    });
  });

  it('of any bytes are survived', () => {
    const seeds = [received(reply(family, request)), received(failed(family, 1, request))];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 6 }),
        fc.nat(120),
        (seed, changes, cut) => {
          const bytes = Buffer.from(seed.subarray(0, cut));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          expect(() => decodeEcho(family, bytes, true)).not.toThrow();
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

it('the filters are the ones that the kernel’s macros make', () => {
  const tests = `BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UNREACHABLE, 6, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, EXCEEDED, 5, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, REPLY, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0)`;
  const end = `BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x1234, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0x40000)`;
  const as = (unreachable: string, exceeded: string, reply: string) =>
    tests.replace('UNREACHABLE', unreachable).replace('EXCEEDED', exceeded).replace('REPLY', reply);
  // Types as numbers: RFC 792 and RFC 4443 §2.1; <linux/icmp.h> and <netinet/icmp6.h> do not go together here.
  const found = fromHeaders(`
    struct sock_filter four[] = { BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
      ${as('3', '11', '0')}, BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4), ${end} };
    struct sock_filter six[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), ${as('1', '3', '129')},
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4), ${end} };
    const unsigned char *p = (const void *)four; for (size_t i = 0; i < sizeof four; i++) printf("%02x", p[i]); puts("");
    p = (const void *)six; for (size_t i = 0; i < sizeof six; i++) printf("%02x", p[i]); puts("");`);
  const hex = (family: Family) => Buffer.from(acceptEchoes(family, 0x1234)).toString('hex');
  expect(found.trim().split('\n')).toEqual([hex(4), hex(6)]);
});
