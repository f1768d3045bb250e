import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type Host, Lab, type LabProcess } from '../lab.js';
import { until } from './pair.js';

const FIRST = `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      advert_int: 100ms
      virtual_mac: true
      accept: false
      virtual_addresses: [172.28.128.200/24]
      excluded_addresses: [{ address: 10.50.0.200/24, interface: eth2 }, 2001:db8:28::200/64]
      routes: [{ to: 10.60.0.0/16, via: 172.28.128.1 }, { to: 2001:db8:60::/48, via: 2001:db8:28::1 }]
      rules: [{ from: 172.28.128.200/32, table: 100, priority: 900 }]
`;
/** Without virtual MAC, filter, rule and IPv6; one address and one route are elsewhere. */
const SECOND = `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      advert_int: 100ms
      virtual_addresses: [172.28.128.200/24]
      excluded_addresses: [{ address: 10.50.0.200/24, interface: eth1 }]
      routes: [{ to: 10.60.0.0/16, via: 172.28.128.2 }]
`;

let lab: Lab | null = null;
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(`${lab?.logs()}\n`);
  await lab?.down();
  lab = null;
});

/** All that a router may write, as `ip`, `nft` and /proc/sys show it. */
async function shown(host: Host): Promise<string[]> {
  const script = `
    ip -br link | cut -d' ' -f1
    for f in -4 -6; do ip $f -o address | cut -d' ' -f2-7; ip $f route show table all; ip $f rule; done
    nft list ruleset
    grep -H . /proc/sys/net/ipv4/conf/eth1/arp_ignore /proc/sys/net/ipv4/conf/eth1/arp_announce`;
  const lines = (await host.must(['sh', '-c', script])).split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
  return lines.filter((line) => line !== '').sort();
}

/** Router and director at once, as the kernel's memory killer or a service manager does it. */
async function killBoth(directord: LabProcess): Promise<void> {
  const [director = ''] = readFileSync(`/proc/${directord.pid}/task/${directord.pid}/children`, 'utf8').split(' ');
  directord.stop();
  process.kill(Number(director), 'SIGKILL');
  directord.kill('SIGKILL');
  directord.resume();
  await directord.exited;
}

const master = async (directord: LabProcess): Promise<void> => {
  await directord.waitForLine(/VI_1 is master/, 20_000);
  await directord.waitForLine(/director process is ready/, 20_000);
};

describe('what a run leaves behind of which nothing but the kernel knows any more', () => {
  it('is removed by the next start where the file was changed meanwhile; what both have is adopted', async () => {
    lab = await Lab.up({
      name: 'leftovers',
      hosts: { d1: { eth1: ['172.28.128.60/24', '2001:db8:28::60/64'], eth2: '10.50.0.60/24' } },
    });
    const host = lab.host('d1');
    const linkLocal = async () => (await host.must(['ip', '-6', 'address', 'show', 'tentative'])) === '';
    await until(linkLocal, 10_000, 'addresses');
    const before = await shown(host);

    // As it should be, by a run that begins with nothing.
    const clean = await host.directord(SECOND);
    await master(clean);
    await until(async () => (await shown(host)).some((l) => l.includes('10.60.0.0/16')), 10_000, 'the route');
    const right = await shown(host);
    clean.kill('SIGTERM');
    await clean.exited;
    expect(await shown(host)).toEqual(before);

    const killed = await host.directord(FIRST);
    await master(killed);
    await until(async () => (await shown(host)).some((l) => l.includes('lookup 100')), 10_000, 'the rule');
    await killBoth(killed);
    expect(await host.hasAddress('eth2', '10.50.0.200/24')).toBe(true);

    const next = await host.directord(SECOND);
    await master(next);
    await until(async () => (await shown(host)).join() === right.join(), 10_000, 'what the second file says');
    expect(next.output.match(/an earlier run with another file was killed/g)).toHaveLength(1);
    next.kill('SIGTERM');
    await next.exited;
    expect(await shown(host)).toEqual(before);
  }, 90_000);

  it('stays where the other one runs: a second directord with a socket of its own and the same state directory does not begin', async () => {
    lab = await Lab.up({
      name: 'second',
      hosts: { d1: { eth1: ['172.28.128.60/24', '2001:db8:28::60/64'], eth2: '10.50.0.60/24' } },
    });
    const host = lab.host('d1');
    const first = await host.directord(FIRST);
    await master(first);
    await until(async () => (await shown(host)).some((l) => l.includes('lookup 100')), 10_000, 'the rule');
    const right = await shown(host);
    const second = await host.directord(`${SECOND}control: { socket: /run/directord/second.sock }\n`);
    expect(await second.exited).toMatchObject({ status: 1 });
    expect(second.output).toBe(
      'directord: another directord keeps its state in /var/lib/directord: stop that one first, or give this one a state_dir and a control.socket of its own\n',
    );
    expect(await shown(host)).toEqual(right);
    await killBoth(first);
    const next = await host.directord(SECOND);
    await master(next);
  }, 90_000);
});
