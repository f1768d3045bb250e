import { describe, expect, it } from 'vitest';
import type { Unicast } from '../../src/core/vrrp/advert.js';
import type { InstanceSettings } from '../../src/router/settings.js';
import { type Cidr, type Ip, parseCidr } from '../../src/values/ip.js';
import { seconds } from '../../src/values/time.js';
import { advert3 } from '../core/vrrp-transcript.js';
import { Rig, settings } from './rig.js';

const ip = (text: string): Ip => text as Ip;
const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const base = settings();

const four = (over: Partial<InstanceSettings['vrrp']> = {}): InstanceSettings => ({
  ...base,
  vrrp: { ...base.vrrp, version: 3, auth: { type: 'none' }, ...over },
});
const SIX = ['fe80::200', '2001:db8::200'];
const six = (): InstanceSettings => ({
  ...base,
  name: 'VI_6',
  vrrp: { ...base.vrrp, version: 3, auth: { type: 'none' }, family: 6, addresses: SIX.map(ip) },
  addresses: SIX.map((text) => ({
    interface: 'eth1',
    cidr: cidr(`${text}/64`),
    broadcast: null,
    scope: 'global' as const,
    label: null,
  })),
});

/** A router with these instances on a host with addresses of both families. */
function rigOf(...list: InstanceSettings[]): Rig {
  const rig = new Rig(list);
  const own = { interface: 'eth1', cidr: cidr('fe80::60/64'), broadcast: null, scope: 'link', label: null } as const;
  rig.kernel.add(own);
  return rig;
}

const from = (rig: Rig, address: string, priority: number, addresses: readonly string[], to?: string, ttl?: number) =>
  rig.neighbour.send({
    kind: 'advert',
    from: ip(address),
    advert: advert3(priority, { interval: seconds(1), addresses: addresses.map(ip) }),
    ...(to === undefined ? {} : { to: ip(to) }),
    ...(ttl === undefined ? {} : { ttl }),
  });

describe('one VRID on both families', () => {
  it('38: are two virtual routers: each hears its own family only, and each has its own master', async () => {
    const rig = await rigOf(four(), six()).started(4);
    expect(rig.router.status().map((i) => [i.name, i.state, i.master])).toEqual([
      ['VI_1', 'master', '172.28.128.60'],
      ['VI_6', 'master', 'fe80::60'],
    ]);
    from(rig, 'fe80::90', 200, SIX);
    await rig.until(4.5);
    expect(rig.router.status().map((i) => [i.name, i.state, i.master])).toEqual([
      ['VI_1', 'master', '172.28.128.60'],
      ['VI_6', 'backup', 'fe80::90'],
    ]);
    expect(rig.standing).toContain('172.28.128.200/24');
    expect(rig.standing).not.toContain('fe80::200/64');
  });

  it('29: a new IPv6 master advertises from its link-local address, then announces every address', async () => {
    const rig = await rigOf(six()).started(3.7);
    expect(rig.frames).toEqual(['3.609 100 from fe80::60', '3.610 announce fe80::200', '3.610 announce 2001:db8::200']);
  });

  it('3: is in fault, in words, while the interface has no link-local address, the other family is not', async () => {
    const rig = await new Rig([four(), six()]).started(4);
    expect(rig.router.status().map((i) => [i.name, i.state, i.reasons])).toEqual([
      ['VI_1', 'master', []],
      ['VI_6', 'fault', ['interface eth1 has no link-local IPv6 address of its own, which adverts are sent from']],
    ]);
  });
});

describe('unicast', () => {
  const unicast: Unicast = {
    peers: [
      { address: ip('172.28.128.90'), minTtl: 1, maxTtl: 255 },
      { address: ip('10.9.0.1'), minTtl: 250, maxTtl: 255 },
    ],
    ttl: 200,
    anySource: false,
  };
  const VIP = ['172.28.128.200'];

  it('sends a copy to each peer, and listens to them alone', async () => {
    const rig = await rigOf(four({ unicast })).started(4);
    const sent = rig.sightings.flatMap(({ frame }) => (frame.kind === 'advert' ? [[frame.to, frame.ttl]] : []));
    expect(sent).toEqual([
      ['172.28.128.90', 200],
      ['10.9.0.1', 200],
    ]);
    from(rig, '172.28.128.91', 200, VIP, '172.28.128.60');
    from(rig, '172.28.128.90', 201, VIP);
    from(rig, '10.9.0.1', 202, VIP, '172.28.128.60', 249);
    await rig.until(4.5);
    expect(rig.status).toMatchObject({
      state: 'master',
      counters: { dropped: { 'unknown-peer': 1, 'wrong-destination': 1, 'bad-ttl': 1 } },
    });
    from(rig, '10.9.0.1', 200, VIP, '172.28.128.60', 250);
    await rig.until(4.6);
    expect(rig.status).toMatchObject({ state: 'backup', master: '10.9.0.1' });
  });

  it('that comes to a router of the group is dropped, and told by that router', async () => {
    const rig = await rigOf(four()).started(4);
    from(rig, '172.28.128.90', 200, VIP, '172.28.128.60');
    await rig.until(4.1);
    expect(rig.status.state).toBe('master');
    expect(rig.status.counters.dropped).toEqual({ 'wrong-destination': 1 });
    expect(rig.status.reasons.join()).toContain('172.28.128.90');
  });
});
