import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRoute,
  onlyRoutes,
  RTM_DELLINK,
  RTM_F_CLONED,
  RTM_GETROUTE,
  RTNH_F_DEAD,
  RTNH_F_LINKDOWN,
  SIZEOF_RTMSG,
  SIZEOF_RTNEXTHOP,
} from '../../src/kernel/track-route-messages.js';
import type { WantedRoute } from '../../src/ports/track-routes.js';
import { type Cidr, ipToBytes, parseCidr } from '../../src/values/ip.js';
import { decodeMessages } from '../../src/wire/netlink.js';
import { runBpf } from '../wire/support/bpf-machine.js';
import { fromHeaders } from './support/headers.js';

const wanted = (to: string, over: Partial<WantedRoute> = {}): WantedRoute => {
  const cidr = parseCidr(to) as Cidr;
  return { family: to.includes(':') ? 6 : 4, to: cidr, interface: null, table: 254, ...over };
};

interface Row {
  readonly to: string;
  readonly table?: number;
  readonly type?: number;
  readonly flags?: number;
  readonly oif?: number;
  readonly hops?: readonly { readonly flags: number; readonly index: number }[];
}

/** A row as the kernel writes it (little endian). */
function row({ to, table = 254, type = 1, flags = 0, oif, hops }: Row): Uint8Array {
  const { address, prefix } = parseCidr(to) as Cidr;
  const attribute = (id: number, payload: Uint8Array): Buffer => {
    const bytes = Buffer.alloc((4 + payload.length + 3) & ~3);
    bytes.writeUInt16LE(4 + payload.length, 0);
    bytes.writeUInt16LE(id, 2);
    bytes.set(payload, 4);
    return bytes;
  };
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const nexthop = (hop: { flags: number; index: number }): Buffer =>
    Buffer.concat([Buffer.from([8, 0, hop.flags, 0]), u32(hop.index)]);
  const head = Buffer.from([to.includes(':') ? 10 : 2, prefix, 0, 0, Math.min(table, 252), 3, 0, type]);
  const body = Buffer.concat([
    head,
    u32(flags),
    attribute(15, u32(table)),
    ...(prefix === 0 ? [] : [attribute(1, ipToBytes(address))]),
    ...(oif === undefined ? [] : [attribute(4, u32(oif))]),
    ...(hops === undefined ? [] : [attribute(9, Buffer.concat(hops.map(nexthop)))]),
  ]);
  const message = Buffer.alloc(16);
  message.writeUInt32LE(16 + body.length, 0);
  message.writeUInt16LE(24, 4);
  return Uint8Array.from(Buffer.concat([message, body]));
}

function is(given: Row, route: WantedRoute, index: number | null = null): boolean {
  const [message] = decodeMessages(row(given)).messages;
  return message !== undefined && isRoute(message, route, index);
}

describe('whether a row of the routing table is the route that is tracked', () => {
  it('has exactly its network, family and table', () => {
    expect(is({ to: '0.0.0.0/0', oif: 2 }, wanted('0.0.0.0/0'))).toBe(true);
    expect(is({ to: '::/0', oif: 2 }, wanted('0.0.0.0/0'))).toBe(false);
    expect(is({ to: '::/0', oif: 2 }, wanted('::/0'))).toBe(true);
    expect(is({ to: '10.1.0.0/16', oif: 2 }, wanted('10.1.0.0/16'))).toBe(true);
    expect(is({ to: '10.2.0.0/16', oif: 2 }, wanted('10.1.0.0/16'))).toBe(false);
    expect(is({ to: '10.1.0.0/17', oif: 2 }, wanted('10.1.0.0/16'))).toBe(false);
    expect(is({ to: '10.1.0.0/16', oif: 2, table: 1000 }, wanted('10.1.0.0/16', { table: 1000 }))).toBe(true);
    expect(is({ to: '10.1.0.0/16', oif: 2, table: 1000 }, wanted('10.1.0.0/16'))).toBe(false);
  });

  it('leads somewhere: no blackhole, no interface that is down or has no carrier, not the kernel’s own copy', () => {
    expect(is({ to: '0.0.0.0/0', type: 6 }, wanted('0.0.0.0/0'))).toBe(false);
    for (const flags of [1, 16, 0x200]) {
      expect(is({ to: '0.0.0.0/0', oif: 2, flags }, wanted('0.0.0.0/0'))).toBe(false);
    }
  });

  it('leads out by the interface, be it by one of several ways that is alive', () => {
    const both = {
      to: '0.0.0.0/0',
      hops: [
        { flags: 16, index: 2 },
        { flags: 0, index: 3 },
      ],
    };
    expect(is({ to: '0.0.0.0/0', oif: 2 }, wanted('0.0.0.0/0'), 2)).toBe(true);
    expect(is({ to: '0.0.0.0/0', oif: 2 }, wanted('0.0.0.0/0'), 3)).toBe(false);
    expect([2, 3, 4].map((index) => is(both, wanted('0.0.0.0/0'), index))).toEqual([false, true, false]);
    expect(is(both, wanted('0.0.0.0/0'))).toBe(true);
  });

  it('is never decided by bytes that are cut off or changed with an exception', () => {
    const whole = row({
      to: '10.1.0.0/16',
      hops: [
        { flags: 0, index: 2 },
        { flags: 0, index: 3 },
      ],
    });
    fc.assert(
      fc.property(fc.nat(whole.length - 17), fc.nat(255), (at, value) => {
        const bytes = whole.slice();
        bytes[16 + at] = value;
        for (const message of decodeMessages(bytes).messages) isRoute(message, wanted('10.1.0.0/16'), 3);
      }),
    );
  });
});

it('is woken by links and by routes of the length that is tracked, not by the others', () => {
  const filter = onlyRoutes([wanted('0.0.0.0/0'), wanted('10.0.0.0/8'), wanted('::/0')]);
  const passes = (type: number, length: number): boolean =>
    runBpf(filter, Uint8Array.from([40, 0, 0, 0, type, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, length, 0, 0])) > 0;
  for (const type of [16, 17]) expect(passes(type, 24)).toBe(true);
  for (const type of [24, 25]) {
    expect([0, 8, 16, 24].map((length) => passes(type, length))).toEqual([true, true, false, false]);
  }
  expect(passes(20, 0)).toBe(false);
});

it('has the numbers and sizes of the kernel’s headers', () => {
  const numbers = { RTM_DELLINK, RTM_GETROUTE, RTM_F_CLONED, RTNH_F_DEAD, RTNH_F_LINKDOWN };
  const lines = Object.keys(numbers).map((name) => `printf("%d ", (int)${name});`);
  const sizes = 'printf("%zu %zu", sizeof(struct rtmsg), sizeof(struct rtnexthop));';
  expect(fromHeaders([...lines, sizes].join('\n'))).toBe(
    [...Object.values(numbers), SIZEOF_RTMSG, SIZEOF_RTNEXTHOP].join(' '),
  );
});
