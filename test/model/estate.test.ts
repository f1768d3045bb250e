import { describe, expect, it } from 'vitest';
import type { VirtualAddress } from '../../src/ports/addresses.js';
import { describeWay, type VirtualRoute, type VirtualRule } from '../../src/ports/routes.js';
import { Router } from '../../src/router/router.js';
import type { InstanceSettings } from '../../src/router/settings.js';
import { SimAddresses } from '../../src/sim/addresses.js';
import { SimClaims } from '../../src/sim/claims.js';
import { SimLans } from '../../src/sim/lan.js';
import { SimProcess } from '../../src/sim/process.js';
import { SimWays } from '../../src/sim/ways.js';
import { type Cidr, type Ip, parseCidr } from '../../src/values/ip.js';
import { ipv4FromNumber } from '../../src/values/ipv4.js';
import { silent } from '../../src/values/log.js';
import { millis, seconds } from '../../src/values/time.js';
import { Rig, settings, VIP } from './rig.js';

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const OWN = '172.28.128.60/24';

const route: VirtualRoute = {
  kind: 'route',
  family: 4,
  to: cidr('10.1.0.0/16'),
  type: 'unicast',
  via: '172.28.128.1' as Ip,
  interface: 'eth1',
  source: '172.28.128.200' as Ip,
  metric: null,
  table: 100,
  scope: null,
  onlink: false,
  mtu: null,
  nexthops: [],
};
const rule: VirtualRule = {
  kind: 'rule',
  family: 4,
  priority: 1000,
  table: 100,
  from: cidr('172.28.128.200/32'),
  to: null,
  fwmark: null,
  mask: null,
  iif: null,
  oif: null,
  not: false,
};
const ways = [route, rule];
const [ROUTE, RULE] = ways.map(describeWay) as [string, string];

const excluded = (count: number): VirtualAddress[] =>
  Array.from({ length: count }, (_, i) => ({
    interface: 'eth1',
    cidr: { address: ipv4FromNumber(0x0a09_0000 + i), prefix: 32 },
    broadcast: null,
    scope: 'global',
    label: null,
  }));

const withMany = (count: number, over: Partial<InstanceSettings> = {}): InstanceSettings =>
  settings({ ...over, addresses: [...settings().addresses, ...excluded(count)] });

describe('what a master has besides the addresses of its adverts', () => {
  it('comes after the addresses and goes before them: excluded addresses, routes, rules', async () => {
    const rig = await new Rig([withMany(2, { ways })]).started(3);
    expect([rig.standing, rig.ways.standing]).toEqual([[OWN], []]);
    await rig.until(4);
    expect(rig.standing).toEqual([OWN, VIP, '10.9.0.0/32', '10.9.0.1/32']);
    expect(rig.ways.standing).toEqual([ROUTE, RULE]);
    expect(rig.status).toMatchObject({ addresses: [VIP], excludedAddresses: 2, routes: 1, rules: 1, reasons: [] });
    rig.says(200);
    await rig.until(4.1);
    expect([rig.standing, rig.ways.standing]).toEqual([[OWN], []]);
  });

  it('is removed at a stop', async () => {
    const rig = await new Rig([withMany(2, { ways })]).started(4);
    const stopped = rig.router.stop();
    rig.clock.during(stopped);
    await rig.until(6);
    await stopped;
    expect([rig.standing, rig.ways.standing]).toEqual([[OWN], []]);
  });

  it('are not laid for a claim that was given up before the kernel had answered, and not left behind by a stop', async () => {
    const first = await new Rig([settings({ ways })]).started(6);
    const claim = first.sightings[0]?.at as number;
    // The kernel of the model takes 100 µs to add.
    for (const later of [0, 20, 50, 99]) {
      const rig = await new Rig([settings({ ways })]).started((claim + later) / 1e6);
      for (let i = 1; i < 6; i++) {
        rig.says(200);
        await rig.until(claim / 1e6 + i);
      }
      expect([rig.status.state, rig.standing, rig.ways.standing], `${later} µs`).toEqual(['backup', [OWN], []]);
      rig.clock.during(rig.router.stop());
      await rig.until(claim / 1e6 + 10);
      expect(rig.ways.standing).toEqual([]);
    }
  });

  it('is put back when somebody takes a route or a rule away, also silently, and people are told', async () => {
    const rig = await new Rig([settings({ ways })]).started(4);
    rig.ways.steal(ROUTE);
    await rig.until(4.1);
    expect(rig.ways.standing).toEqual([RULE, ROUTE]);
    rig.ways.steal(RULE);
    await rig.until(4.2);
    expect(rig.ways.standing).toEqual([ROUTE, RULE]);
    expect(rig.events.slice(-2)).toEqual([
      `4.000 route restored: ${ROUTE} was gone`,
      `4.100 route restored: ${RULE} was gone`,
    ]);
    // The route goes with its source, and the source is put back as well.
    rig.kernel.remove({ interface: 'eth1', cidr: cidr(VIP) });
    expect(rig.ways.standing).toEqual([RULE]);
    await rig.until(4.3);
    expect([rig.standing, rig.ways.standing]).toEqual([
      [OWN, VIP],
      [RULE, ROUTE],
    ]);
    expect(rig.status.state).toBe('master');
  });

  it('that the kernel refuses is no fault: it stands in the status, and is tried again', async () => {
    const rig = new Rig([settings({ ways })]);
    rig.ways.refuse = (way) => (way.kind === 'route' ? 'ENETUNREACH' : null);
    await rig.started(4);
    expect(rig.ways.standing).toEqual([RULE]);
    expect(rig.status).toMatchObject({ state: 'master', reasons: [expect.stringContaining(`ENETUNREACH`)] });
    expect(rig.status.reasons[0]).toContain(ROUTE);
    await rig.until(30);
    expect(rig.logged.filter((line) => line.message.startsWith('not laid')).length).toBe(1);
    rig.ways.refuse = null;
    await rig.until(36);
    expect(rig.ways.standing).toEqual([RULE, ROUTE]);
    expect(rig.status.reasons).toEqual([]);
    expect(rig.events.filter((event) => event.includes('restored'))).toEqual([]);
  });

  it('is adopted by the next router after a kill, and taken away once that hears another master', async () => {
    const rig = await new Rig([withMany(1, { ways })]).started(4);
    rig.process.kill();
    expect([rig.standing.length, rig.ways.standing]).toEqual([3, [ROUTE, RULE]]);
    const process = new SimProcess(rig.clock);
    const next = new Router([withMany(1, { ways })], {
      clock: rig.clock,
      alarms: process,
      lans: new SimLans(rig.kernel, process),
      claims: new SimClaims(rig.kernel, process),
      addresses: new SimAddresses(rig.kernel, process, rig.clock),
      ways: new SimWays(rig.ways, process, rig.clock),
      log: silent,
      wall: () => '',
      report: () => {},
    });
    next.start();
    await rig.until(4.5);
    expect(rig.ways.standing).toEqual([ROUTE, RULE]);
    rig.says(200);
    await rig.until(4.6);
    expect([rig.standing, rig.ways.standing]).toEqual([[OWN], []]);
  });
});

describe('many addresses', () => {
  const announce = { first: 5, delay: seconds(5), second: 5, refresh: seconds(0) };

  it('are each announced once before one is a second time, a slice in a turn, and adverts keep their time', async () => {
    const many = withMany(999, { vrrp: { ...settings().vrrp, announce } });
    const rig = await new Rig([many]).started(20);
    const announced = rig.sightings.flatMap(({ frame }) => (frame.kind === 'advert' ? [] : [frame.address]));
    expect(announced.length).toBe(11 * 1000);
    for (let round = 0; round < 11; round += 1) {
      expect(new Set(announced.slice(1000 * round, 1000 * (round + 1))).size).toBe(1000);
    }
    const adverts = rig.sightings.filter((s) => s.frame.kind === 'advert').map((s) => s.at as number);
    const [start = 0] = adverts;
    expect(adverts.map((at, i) => at - start - i * 1_000_000).filter((off) => off !== 0)).toEqual([]);
  });

  it('are announced no further once another router is master', async () => {
    const many = withMany(999, { vrrp: { ...settings().vrrp, announce } });
    const rig = new Rig([many]);
    rig.process.lateness = () => millis(1);
    await rig.started(3.615);
    rig.says(200);
    await rig.until(3.62);
    const before = rig.frames.length;
    expect(before).toBeLessThan(2000);
    await rig.until(3.7);
    expect(rig.frames.length).toBe(before);
  });
});
