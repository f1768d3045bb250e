import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Ip, ipFromBytes } from '../../src/values/ip.js';
import {
  parseRowId,
  parseServerId,
  parseServiceId,
  rowId,
  type ServerKey,
  type ServiceKey,
  serverId,
  serviceId,
} from '../../src/values/service-key.js';

const ip: fc.Arbitrary<Ip> = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => ipFromBytes(4, bytes)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ipFromBytes(6, bytes)),
);
const port = fc.integer({ min: 0, max: 65_535 });
const service: fc.Arbitrary<ServiceKey> = fc.oneof(
  fc.record({ protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const), address: ip, port }),
  fc.record({ mark: fc.integer({ min: 1, max: 0xffff_ffff }), family: fc.constantFrom(4 as const, 6 as const) }),
);
const server: fc.Arbitrary<ServerKey> = fc.record({ address: ip, port });

describe('the ids of services and servers', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(service, server, (s, d) => {
        expect(parseServiceId(serviceId(s))).toEqual(s);
        expect(parseServerId(serverId(d))).toEqual(d);
        expect(parseRowId(rowId(s, d))).toEqual({ service: s, server: d });
      }),
    );
  });

  it('tell IPv4 from IPv6 marks', () => {
    expect(serviceId({ mark: 5, family: 4 })).toBe('fwmark/5');
    expect(serviceId({ mark: 5, family: 6 })).toBe('fwmark6/5');
  });

  test.each([
    '',
    'tcp',
    'tcp/10.0.0.1',
    'tcp/10.0.0.1:080',
    'tcp/10.0.0.1:65536',
    'tcp/10.0.0.256:80',
    'icmp/10.0.0.1:80',
    'tcp/2001:db8::1:80',
    'tcp/[2001:DB8::1]:80',
    'tcp/[2001:db8:0::1]:80',
    'tcp/[fe80::1%eth0]:80',
    'fwmark/0',
    'fwmark/05',
    'fwmark/4294967296',
    'fwmark4/5',
    'tcp/10.0.0.1:80 ',
    `tcp/${'1'.repeat(100)}`,
  ])('%j is none', (text) => {
    expect(parseServiceId(text)).toBeNull();
    expect(parseRowId(`${text} 10.0.0.2:80`)).toBeNull();
  });

  test.each(['tcp/10.0.0.1:80', 'tcp/10.0.0.1:80 10.0.0.2', 'tcp/10.0.0.1:80  10.0.0.2:80', '10.0.0.2:80'])(
    '%j is no row',
    (text) => expect(parseRowId(text)).toBeNull(),
  );
});
