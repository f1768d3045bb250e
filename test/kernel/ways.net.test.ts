import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VirtualRoute, VirtualRule } from '../../src/ports/routes.js';
import { type Cidr, parseCidr } from '../../src/values/ip.js';
import { type Agent, Network } from './support/network.js';
import { eventually } from './support/wait.js';

let network: Network;
let agent: Agent;

beforeAll(async () => {
  network = new Network();
  agent = await network.agent(network.a);
  for (const address of ['10.77.0.50/24', '2001:db8:77::1/64', '2001:db8:77::50/64']) {
    network.ip(network.a, 'address', 'add', address, 'dev', 'eth1', ...(address.includes(':') ? ['nodad'] : []));
  }
});
afterAll(() => network.remove());

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const net = (text: string) => ({ to: cidr(text), family: text.includes(':') ? (6 as const) : (4 as const) });

const route = (to: string, over: Partial<VirtualRoute> = {}): VirtualRoute => ({
  kind: 'route',
  ...net(to),
  type: 'unicast',
  via: null,
  interface: null,
  source: null,
  metric: null,
  table: 254,
  scope: null,
  onlink: false,
  mtu: null,
  nexthops: [],
  ...over,
});

const rule = (priority: number, over: Partial<VirtualRule> = {}): VirtualRule => ({
  kind: 'rule',
  family: 4,
  priority,
  table: 100,
  from: null,
  to: null,
  fwmark: null,
  mask: null,
  iif: null,
  oif: null,
  not: false,
  ...over,
});

/** What `ip` shows of ours: the judge. `proto 112` is VRRP's number. */
const routes = (family: 4 | 6): string[] =>
  network
    .ip(network.a, `-${family}`, '-N', 'route', 'show', 'table', 'all', 'proto', '112')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => line !== '');
const rules = (family: 4 | 6): string[] =>
  network
    .ip(network.a, `-${family}`, '-N', 'rule', 'show')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .filter((line) => !/^(0|32766|32767):|^$/.test(line));

const via = (text: string) => text as NonNullable<VirtualRoute['via']>;

describe('routes and rules on the real kernel', () => {
  it('come and go as `ip route` shows them, both families', async () => {
    const list = [
      route('0.0.0.0/0', { via: via('10.77.0.2'), metric: 7, source: via('10.77.0.50') }),
      route('10.90.0.0/16', { via: via('10.77.0.2'), interface: 'eth1', table: 100, mtu: 1400 }),
      route('10.91.0.0/16', { interface: 'eth1' }),
      route('10.92.0.0/16', { via: via('192.0.2.1'), interface: 'eth1', onlink: true }),
      route('10.93.0.0/16', { type: 'blackhole' }),
      route('10.94.0.0/16', { type: 'unreachable', table: 70_000 }),
      route('10.95.0.0/16', { type: 'prohibit' }),
      route('10.96.0.0/16', {
        nexthops: [
          { via: via('10.77.0.2'), interface: null, weight: 3 },
          { via: via('10.77.0.3'), interface: 'eth1', weight: 1 },
        ],
      }),
      route('::/0', { via: via('2001:db8:77::2'), source: via('2001:db8:77::50') }),
      route('2001:db8:90::/48', { via: via('fe80::2'), interface: 'eth1', table: 100, mtu: 1400, metric: 5 }),
      route('2001:db8:93::/48', { type: 'blackhole' }),
      route('2001:db8:96::/48', {
        nexthops: [
          { via: via('2001:db8:77::2'), interface: null, weight: 2 },
          { via: via('2001:db8:77::3'), interface: 'eth1', weight: 1 },
        ],
      }),
    ];
    expect(await agent.lay(list)).toEqual(list.map(() => 'added'));
    const four = routes(4);
    expect(four.sort()).toEqual([
      '10.90.0.0/16 via 10.77.0.2 dev eth1 table 100 mtu 1400',
      '10.91.0.0/16 dev eth1 scope 253',
      '10.92.0.0/16 via 192.0.2.1 dev eth1 onlink',
      '10.96.0.0/16',
      '6 10.93.0.0/16',
      '7 10.94.0.0/16 table 70000',
      '8 10.95.0.0/16',
      'default via 10.77.0.2 dev eth1 src 10.77.0.50 metric 7',
      'nexthop via 10.77.0.2 dev eth1 weight 3',
      'nexthop via 10.77.0.3 dev eth1 weight 1',
    ]);
    const six = routes(6);
    expect(six.sort()).toEqual([
      '2001:db8:90::/48 via fe80::2 dev eth1 table 100 metric 5 mtu 1400 pref medium',
      '2001:db8:96::/48 metric 1024 pref medium',
      '6 2001:db8:93::/48 dev lo metric 1024 pref medium',
      'default via 2001:db8:77::2 dev eth1 src 2001:db8:77::50 metric 1024 pref medium',
      'nexthop via 2001:db8:77::2 dev eth1 weight 2',
      'nexthop via 2001:db8:77::3 dev eth1 weight 1',
    ]);
    expect(await agent.lay(list)).toEqual(list.map(() => 'there'));
    expect([routes(4).sort(), routes(6).sort()]).toEqual([four, six]);
    expect(await agent.lift(list)).toEqual(list.map(() => null));
    expect([...routes(4), ...routes(6)]).toEqual([]);
    expect(await agent.lift(list)).toEqual(list.map(() => null));
  });

  it('come and go as `ip rule` shows them, both families', async () => {
    const list = [
      rule(1000, { from: cidr('10.0.0.0/8'), to: cidr('10.90.0.0/16') }),
      rule(1001, { fwmark: 5, mask: 255, iif: 'eth1', not: true }),
      rule(1001, { fwmark: 6, oif: 'eth9', table: 70_000 }),
      rule(1002),
      rule(1000, { family: 6, from: cidr('2001:db8::/32') }),
      rule(1001, { family: 6 }),
    ];
    expect(await agent.lay(list)).toEqual(list.map(() => 'added'));
    const shown = [rules(4), rules(6)];
    expect(shown).toEqual([
      [
        '1000: from 10.0.0.0/8 to 10.90.0.0/16 lookup 100 proto 112',
        '1001: not from all fwmark 0x5/0xff iif eth1 lookup 100 proto 112',
        '1001: from all fwmark 0x6 oif eth9 [detached] lookup 70000 proto 112',
        '1002: from all lookup 100 proto 112',
      ],
      ['1000: from 2001:db8::/32 lookup 100 proto 112', '1001: from all lookup 100 proto 112'],
    ]);
    expect(await agent.lay(list)).toEqual(list.map(() => 'there'));
    expect([rules(4), rules(6)]).toEqual(shown);
    expect(await agent.lift([...list].reverse())).toEqual(list.map(() => null));
    expect([rules(4), rules(6)]).toEqual([[], []]);
    expect(await agent.lift(list)).toEqual(list.map(() => null));
  });

  it('of others stay when ours go, and ours go first beside them', async () => {
    network.ip(network.a, 'route', 'add', '10.90.0.0/16', 'via', '10.77.0.3');
    network.ip(network.a, 'rule', 'add', 'from', '10.0.0.0/8', 'table', '100', 'priority', '1000');
    const ours = [route('10.90.0.0/16', { via: via('10.77.0.2') }), rule(1000, { from: cidr('10.0.0.0/8') })];
    expect(await agent.lay(ours)).toEqual(['added', 'added']);
    expect(network.ip(network.a, 'route', 'get', '10.90.0.1')).toContain('via 10.77.0.2');
    expect(await agent.lift(ours)).toEqual([null, null]);
    expect(network.ip(network.a, 'route', 'get', '10.90.0.1')).toContain('via 10.77.0.3');
    expect(rules(4)).toEqual(['1000: from 10.0.0.0/8 lookup 100']);
    network.ip(network.a, 'route', 'delete', '10.90.0.0/16');
    network.ip(network.a, 'rule', 'delete', 'priority', '1000');
  });

  it('that the kernel refuses do not stop the others, and each refusal says which and why', async () => {
    const list = [
      route('10.90.0.0/16', { via: via('192.0.2.1') }),
      route('10.91.0.0/16', { interface: 'eth9' }),
      route('10.92.0.0/16', { via: via('10.77.0.2'), source: via('10.77.0.99') }),
      route('10.93.0.0/16', { via: via('10.77.0.2') }),
    ];
    expect(await agent.lay(list)).toEqual([
      { what: 'route.add', code: 'ENETUNREACH', detail: expect.stringContaining('gateway') },
      { what: 'route.add', code: 'ENODEV', detail: 'route 10.91.0.0/16 dev eth9 table 254' },
      { what: 'route.add', code: 'EINVAL', detail: expect.stringContaining('route 10.92.0.0/16 via 10.77.0.2') },
      'added',
    ]);
    expect(await agent.lift(list)).toEqual([null, null, null, null]);
  });

  it('count as removed when their interface or their address took them along', async () => {
    network.ip(network.a, 'link', 'add', 'eth5', 'type', 'bridge');
    network.ip(network.a, 'link', 'set', 'eth5', 'up');
    const list = [
      route('10.90.0.0/16', { interface: 'eth5' }),
      route('10.91.0.0/16', { via: via('10.77.0.2'), source: via('10.77.0.50') }),
      rule(1000, { iif: 'eth5' }),
    ];
    expect(await agent.lay(list)).toEqual(['added', 'added', 'added']);
    network.ip(network.a, 'link', 'delete', 'eth5');
    network.ip(network.a, 'address', 'delete', '10.77.0.50/24', 'dev', 'eth1');
    expect(routes(4)).toEqual([]);
    expect(await agent.lift(list)).toEqual([null, null, null]);
    expect(rules(4)).toEqual([]);
    network.ip(network.a, 'address', 'add', '10.77.0.50/24', 'dev', 'eth1');
  });

  it('are watched: the loss of one calls back, the changes of others do not', async () => {
    const list = [
      route('10.90.0.0/16', { via: via('10.77.0.2') }),
      route('2001:db8:90::/48', { via: via('2001:db8:77::2') }),
    ];
    const pair = [rule(1000), rule(1000, { family: 6 })];
    await agent.watchWays();
    await agent.lay([...list, ...pair]);
    for (let i = 0; i < 300; i += 1)
      network.ip(network.a, 'route', i % 2 === 0 ? 'add' : 'delete', '10.99.0.0/16', 'via', '10.77.0.2');
    expect(await agent.losses()).toBe(0);
    for (const [i, args] of [
      ['route', 'delete', '10.90.0.0/16'],
      ['-6', 'route', 'delete', '2001:db8:90::/48'],
      ['rule', 'delete', 'priority', '1000'],
      ['-6', 'rule', 'delete', 'priority', '1000'],
    ].entries()) {
      network.ip(network.a, ...args);
      await eventually(
        () => agent.losses(),
        (count) => count === i + 1,
      );
    }
    expect(await agent.lay([...list, ...pair])).toEqual(['added', 'added', 'added', 'added']);
    network.ip(network.a, 'route', 'replace', '10.90.0.0/16', 'via', '10.77.0.3');
    await eventually(
      () => agent.losses(),
      (count) => count === 5,
    );
    expect(await agent.lay(list)).toEqual(['added', 'there']);
    await agent.lift([...list, ...pair]);
  });
});
