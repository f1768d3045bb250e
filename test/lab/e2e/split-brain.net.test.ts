import { afterEach, describe, expect, it } from 'vitest';
import type { ConditionStatus, StatusReport } from '../../../src/core/status.js';
import { type Host, Lab, type Packet } from '../lab.js';
import { until } from './pair.js';

const VIP = '172.28.128.200';

const yaml = (priority: number, pass: string): string => `
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      priority: ${priority}
      auth: { type: pass, pass: ${pass} }
      virtual_addresses: [${VIP}/24]
`;

const conf = (priority: number, pass: string): string => `
vrrp_instance VI_1 {
  state BACKUP
  interface eth1
  virtual_router_id 50
  priority ${priority}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass ${pass}
  }
  virtual_ipaddress {
    ${VIP}/24 dev eth1
  }
}
`;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

async function up(name: string): Promise<Lab> {
  const hosts = { d1: { eth1: '172.28.128.60/24' }, d2: { eth1: '172.28.128.90/24' }, c: { eth1: '172.28.128.10/24' } };
  lab = await Lab.up({ name, hosts });
  return lab;
}

async function instance(host: Host): Promise<StatusReport['instances'][number]> {
  const { stdout } = await host.directorctl(['status', '--json']);
  return (JSON.parse(stdout) as StatusReport).instances[0] as StatusReport['instances'][number];
}

async function conditions(host: Host): Promise<readonly ConditionStatus[]> {
  return (await instance(host)).conditions ?? [];
}

const has = (host: Host, name: string) => async (): Promise<boolean> =>
  (await conditions(host)).some((condition) => condition.name === name);
/** False also while its control socket is not there yet. */
const master = (host: Host) => async (): Promise<boolean> =>
  (await host.directorctl(['status'])).status === 0 && (await instance(host)).state === 'master';
const announcement = (p: Packet): boolean => p.arp?.gratuitous === true && p.arp.sender === VIP;

describe('split brain', () => {
  it('is named where keepalived has another password, by its adverts and by its claim of the address, and is over when it ends', async () => {
    const on = await up('split-auth');
    const [d1, d2] = [on.host('d1'), on.host('d2')];
    const directord = await d1.directord(yaml(100, 'netology'));
    await until(master(d1), 20_000, 'd1 master');
    const keepalived = await d2.keepalived(conf(50, 'other'));
    await until(has(d1, 'other-auth-data'), 20_000, 'other-auth-data');
    await until(has(d1, 'address-conflict'), 20_000, 'address-conflict');
    expect((await instance(d1)).state).toBe('master');
    keepalived.kill('SIGTERM');
    await keepalived.exited;
    await until(async () => (await conditions(d1)).length === 0, 30_000, 'no condition');
    const events = (await d1.directorctl(['events', '-n', '50', '--no-follow', '--json'])).stdout;
    for (const what of ['other-auth-data', 'other-auth-data over', 'address-conflict', 'address-conflict over']) {
      expect(events).toContain(`"what":"${what}"`);
    }
    const logged = directord.stdout.split('\n').filter((line) => line.includes('"condition":"other-auth-data"'));
    expect(logged.length).toBe(2);
  }, 120_000);

  it('heals: the loser lets go, the winner announces again, and nothing is named any more', async () => {
    const on = await up('split-heal');
    const [d1, d2] = [on.host('d1'), on.host('d2')];
    await Promise.all([d1.directord(yaml(100, 'netology')), d2.directord(yaml(50, 'netology'))]);
    await until(master(d1), 20_000, 'd1 master');
    await on.partition(['d1', 'c'], ['d2']);
    await until(master(d2), 20_000, 'd2 master too');
    const capture = await on.host('c').tcpdump('eth1', 'arp or proto 112');
    await on.reunite();
    await until(async () => !(await d2.hasAddress('eth1', `${VIP}/24`)), 10_000, 'd2 lets go');
    await capture.waitFor(announcement, 'gratuitous ARP of the winner', 5_000);
    expect(await master(d1)()).toBe(true);
    await until(
      async () => (await conditions(d1)).length + (await conditions(d2)).length === 0,
      30_000,
      'no condition',
    );
  }, 120_000);

  it('names a host that was given the address by hand', async () => {
    const on = await up('split-arp');
    const [d1, c] = [on.host('d1'), on.host('c')];
    await d1.directord(yaml(100, 'netology'));
    await until(master(d1), 20_000, 'd1 master');
    await until(() => d1.hasAddress('eth1', `${VIP}/24`), 5_000, 'the address');
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await c.must(['ip', 'address', 'add', `${VIP}/24`, 'dev', 'eth1']);
    await c.must(['arping', '-c', '2', '-U', '-I', 'eth1', VIP]).catch(() => {});
    await until(has(d1, 'address-conflict'), 10_000, 'address-conflict');
    const [condition] = await conditions(d1);
    expect(condition?.text).toMatch(/^[0-9a-f:]{17} says that it has 172\.28\.128\.200/);
  }, 60_000);
});
