import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type VirtualMac, virtualMacOf } from '../../src/ports/virtual-mac.js';
import { type Agent, Network, run } from './support/network.js';

let network: Network;
let agent: Agent;

beforeAll(async () => {
  network = new Network();
  agent = await network.agent(network.a);
});
afterAll(() => network.remove());
afterEach(async () => {
  await agent.removeMacs([vrrp(50), vrrp(51), vrrp(50, { name: 'vrrp6.50', family: 6, mac: virtualMacOf(50, 6) })]);
});

const vrrp = (id: number, over: Partial<VirtualMac> = {}): VirtualMac => ({
  name: `vrrp.${id}`,
  parent: 'eth1',
  mac: virtualMacOf(id, 4),
  family: 4,
  ...over,
});

interface Shown {
  readonly ifname: string;
  readonly link?: string;
  readonly address: string;
  readonly flags: readonly string[];
  readonly ifalias?: string;
  readonly linkinfo?: { readonly info_kind: string; readonly info_data?: { readonly mode: string } };
}

/** What `ip` says: the judge. */
const shown = (name: string): Shown | undefined =>
  (JSON.parse(network.ip(network.a, '-d', '-j', 'link', 'show')) as Shown[]).find((l) => l.ifname === name);

const inside = (...command: readonly string[]): string => run('ip', 'netns', 'exec', network.a, ...command);
const setting = (name: string, key: string, family = 4): number =>
  Number(inside('cat', `/proc/sys/net/ipv${family}/conf/${name}/${key}`));
const set = (name: string, key: string, value: number): string =>
  inside('sh', '-c', `echo ${value} >/proc/sys/net/ipv4/conf/${name}/${key}`);
const parent = (): number[] => ['arp_ignore', 'arp_announce', 'rp_filter'].map((key) => setting('eth1', key));

describe('virtual MACs on the real kernel', () => {
  it('come as macvlans that are up, and with the last one goes all that they changed', async () => {
    const before = parent();
    expect(await agent.ensureMacs([vrrp(50), vrrp(51)])).toEqual([null, null]);
    expect(shown('vrrp.50')).toMatchObject({
      link: 'eth1',
      address: '00:00:5e:00:01:32',
      flags: expect.arrayContaining(['UP', 'LOWER_UP']),
      linkinfo: { info_kind: 'macvlan', info_data: { mode: 'vepa' } },
    });
    expect(parent()).toEqual([1, 2, before[2]]);
    const keys = ['arp_ignore', 'arp_announce', 'rp_filter', 'promote_secondaries'];
    expect(keys.map((key) => setting('vrrp.50', key))).toEqual([1, 2, 0, 1]);
    expect(setting('vrrp.50', 'disable_ipv6', 6)).toBe(1);
    expect(await agent.removeMacs([vrrp(50)])).toEqual([null]);
    expect([shown('vrrp.50'), parent()]).toEqual([undefined, [1, 2, before[2]]]);
    expect(await agent.removeMacs([vrrp(51), vrrp(50)])).toEqual([null, null]);
    expect([shown('vrrp.51'), parent()]).toEqual([undefined, before]);
  });

  it('for IPv6 have no link-local address of their own, and take none from router advertisements', async () => {
    const wanted = vrrp(50, { name: 'vrrp6.50', mac: virtualMacOf(50, 6), family: 6 });
    expect(await agent.ensureMacs([wanted])).toEqual([null]);
    expect(shown('vrrp6.50')?.address).toBe('00:00:5e:00:02:32');
    expect(['disable_ipv6', 'accept_ra', 'addr_gen_mode'].map((key) => setting('vrrp6.50', key, 6))).toEqual([0, 0, 1]);
    expect(network.ip(network.a, '-6', 'address', 'show', 'dev', 'vrrp6.50')).toBe('');
  });

  it('take IPv6 addresses as well where they are to, also one of an earlier life that was for IPv4 only', async () => {
    expect(await agent.ensureMacs([vrrp(50)])).toEqual([null]);
    expect(setting('vrrp.50', 'disable_ipv6', 6)).toBe(1);
    expect(await agent.ensureMacs([vrrp(50, { family: 6 })])).toEqual([null]);
    expect(['disable_ipv6', 'accept_ra', 'addr_gen_mode'].map((key) => setting('vrrp.50', key, 6))).toEqual([0, 0, 1]);
    expect(network.ip(network.a, '-6', 'address', 'show', 'dev', 'vrrp.50')).toBe('');
  });

  it('are adopted from an earlier life, whose note of the parent’s settings is kept', async () => {
    set('eth1', 'arp_announce', 1);
    expect(await agent.ensureMacs([vrrp(50)])).toEqual([null]);
    const first = network.ip(network.a, '-o', 'link', 'show', 'vrrp.50').split(':')[0];
    const next = await network.agent(network.a);
    expect(await next.ensureMacs([vrrp(50)])).toEqual([null]);
    expect(network.ip(network.a, '-o', 'link', 'show', 'vrrp.50').split(':')[0]).toBe(first);
    expect(await next.removeMacs([vrrp(50)])).toEqual([null]);
    expect(parent().slice(0, 2)).toEqual([0, 1]);
    set('eth1', 'arp_announce', 0);
  });

  it('leave what an administrator changed meanwhile', async () => {
    await agent.ensureMacs([vrrp(50)]);
    set('eth1', 'arp_ignore', 2);
    await agent.removeMacs([vrrp(50)]);
    expect(parent().slice(0, 2)).toEqual([2, 0]);
    set('eth1', 'arp_ignore', 0);
  });

  it('are made anew when they are ours for another MAC', async () => {
    await agent.ensureMacs([vrrp(50, { mac: virtualMacOf(51, 4) })]);
    expect(await agent.ensureMacs([vrrp(50)])).toEqual([null]);
    expect(shown('vrrp.50')?.address).toBe('00:00:5e:00:01:32');
    await agent.removeMacs([vrrp(50)]);
    expect(parent().slice(0, 2)).toEqual([0, 0]);
  });

  it('take the loose check of the way back where all interfaces have a strict one', async () => {
    set('all', 'rp_filter', 1);
    await agent.ensureMacs([vrrp(50)]);
    expect(setting('vrrp.50', 'rp_filter')).toBe(2);
    set('all', 'rp_filter', 0);
  });

  it('are refused where somebody else’s interface has the name, which is never touched', async () => {
    network.ip(network.a, 'link', 'add', 'vrrp.50', 'type', 'bridge');
    const [failure] = await agent.ensureMacs([vrrp(50)]);
    expect(failure).toMatchObject({ code: 'foreign', detail: expect.stringContaining('a bridge with MAC') });
    await agent.removeMacs([vrrp(50)]);
    expect(shown('vrrp.50')?.linkinfo?.info_kind).toBe('bridge');
    network.ip(network.a, 'link', 'delete', 'vrrp.50');
    network.ip(network.a, 'link', 'add', 'vrrp.50', 'link', 'eth1', 'address', vrrp(50).mac, 'type', 'macvlan');
    network.ip(network.a, 'link', 'set', 'vrrp.50', 'up');
    expect(await agent.ensureMacs([vrrp(50)])).toMatchObject([{ code: 'foreign' }]);
    network.ip(network.a, 'link', 'delete', 'vrrp.50');
  });

  it('are refused without their parent, and stand again when it is back', async () => {
    await agent.ensureMacs([vrrp(50)]);
    network.ip(network.a, 'link', 'delete', 'eth1');
    expect(shown('vrrp.50')).toBeUndefined();
    expect(await agent.ensureMacs([vrrp(50)])).toMatchObject([{ code: 'ENODEV', detail: 'vrrp.50 on eth1' }]);
    network.link();
    expect(await agent.ensureMacs([vrrp(50)])).toEqual([null]);
    expect(shown('vrrp.50')?.flags).toContain('UP');
  });
});
