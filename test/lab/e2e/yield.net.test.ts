import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { type Host, Lab, type Packet } from '../lab.js';
import { pause, until, type Which } from './pair.js';

const VIP = '172.28.128.200';
const ADDRESS: Readonly<Record<Which, string>> = { d1: '172.28.128.60', d2: '172.28.128.90' };
const PRIORITY: Readonly<Record<Which, number>> = { d1: 100, d2: 50 };
const INTERVAL_MS = 100;
/** Processes that wait for each other on a busy machine of two cores. */
const MARGIN_MS = 400;

const yaml = (which: Which): string => `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      priority: ${PRIORITY[which]}
      advert_int: ${INTERVAL_MS}ms
      virtual_addresses: [${VIP}/24]
`;

const from = (which: Which) => (p: Packet) => p.vrrp !== undefined && p.ip?.source === ADDRESS[which];
const announcement = (p: Packet): boolean => p.arp?.gratuitous === true && p.arp.sender === VIP;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

async function up(name: string): Promise<Lab> {
  const hosts = Object.fromEntries(Object.entries(ADDRESS).map(([host, ip]) => [host, { eth1: `${ip}/24` }]));
  lab = await Lab.up({ name, hosts: { ...hosts, client: { eth1: '172.28.128.10/24' } } });
  return lab;
}

async function alone(on: Lab, which: Which): Promise<void> {
  const has = (host: Which): Promise<boolean> => on.host(host).hasAddress('eth1', `${VIP}/24`);
  const other = which === 'd1' ? 'd2' : 'd1';
  await until(async () => (await has(which)) && !(await has(other)), 20_000, `${which} alone with the address`);
}

async function status(host: Host): Promise<StatusReport> {
  const { stdout } = await host.directorctl(['status', '--json']);
  return JSON.parse(stdout) as StatusReport;
}

/** Those of this host's instance; the kernel may have no IPVS. */
const problems = async (host: Host): Promise<string[]> =>
  (await status(host)).problems.filter((problem) => problem.startsWith('VI_1'));

const answers = (host: Host) =>
  until(async () => (await host.directorctl(['status'])).status === 0, 20_000, 'a socket');

describe('directorctl failover', () => {
  it('moves the address in the skew, stays so over a restart, and resume preempts again', async () => {
    const on = await up('yield');
    const { d1, d2 } = { d1: on.host('d1'), d2: on.host('d2') };
    const first = await d1.directord(yaml('d1'));
    const second = await d2.directord(yaml('d2'));
    await alone(on, 'd1');
    await answers(d1);
    // Somebody who needs the address all the time: one ping every 10 ms.
    const ping = await on.host('client').start(['ping', '-i', '0.01', '-D', VIP], { name: 'ping' });
    await ping.waitForLine(/icmp_seq=/);
    const capture = await on.host('client').tcpdump('eth1', 'proto 112 or arp');
    await capture.waitFor(from('d1'), 'advert of d1');

    const given = await d1.directorctl(['failover', 'VI_1']);
    expect(given).toMatchObject({ status: 0, stderr: '' });
    expect(given.stdout).toMatch(/^VI_1: let go, 172\.28\.128\.90 is master after 0\.\d s\n$/);
    await alone(on, 'd2');
    const last = capture.packets.findLast((p) => from('d1')(p) && p.vrrp?.priority === 0);
    const arp = await capture.waitFor(announcement, 'gratuitous ARP', 2_000, last?.at ?? 0);
    const took = (arp.at - (last?.at ?? 0)) / 1000;
    const skew = ((256 - PRIORITY.d2) * INTERVAL_MS) / 256;
    expect(took).toBeGreaterThan(skew - 2);
    expect(took).toBeLessThan(skew + MARGIN_MS);
    await pause(300);
    ping.kill('SIGINT');
    await ping.exited;
    const [, sent = '0', received = '0'] = /(\d+) packets transmitted, (\d+) received/.exec(ping.output) ?? [];
    expect(Number(sent)).toBeGreaterThan(20);
    // The address is with one or the other all the time: d1 keeps it until it hears d2.
    expect(Number(sent) - Number(received)).toBeLessThanOrEqual(3);

    expect((await status(d1)).instances[0]).toMatchObject({ state: 'backup', admin: 'failover', master: ADDRESS.d2 });
    expect((await d1.directorctl(['status'])).stdout).toContain('BACKUP (failover)');
    const again = await d1.directorctl(['failover', 'VI_1']);
    expect(again.stdout).toBe('VI_1: was not master; stays backup until resumed, 172.28.128.90 is master\n');

    first.kill('SIGTERM');
    await first.exited;
    await d1.directord(yaml('d1'));
    await answers(d1);
    const restarted = capture.packets.at(-1)?.at ?? 0;
    await pause(1_500);
    expect(capture.packets.filter((p) => p.at > restarted && from('d1')(p))).toEqual([]);
    expect((await status(d1)).instances[0]).toMatchObject({ state: 'backup', admin: 'failover', master: ADDRESS.d2 });

    // Nobody else is left: d1 still holds, and says so loudly.
    second.kill('SIGTERM');
    await until(async () => (await problems(d1)).length > 0, 10_000, 'a problem');
    expect(await problems(d1)).toEqual([
      'VI_1 has no master: it is held BACKUP here, and no other router is heard; directorctl resume VI_1 takes it back',
    ]);
    expect(await d1.hasAddress('eth1', `${VIP}/24`)).toBe(false);
    await second.exited;
    await d2.directord(yaml('d2'));
    await alone(on, 'd2');
    await until(async () => (await problems(d1)).length === 0, 10_000, 'no problem');

    const resumed = await d1.directorctl(['resume', 'VI_1']);
    expect(resumed.stdout).toBe('VI_1: takes part again as backup, 172.28.128.90 is master\n');
    await alone(on, 'd1');
    expect((await status(d1)).instances[0]).toMatchObject({ state: 'master', admin: 'ready', reasons: [] });
    const log = (await d1.directorctl(['events', '--no-follow', '-n', '50'])).stdout;
    expect(log).toMatch(/admin.*VI_1.*resume/);
  }, 120_000);

  it('takes the whole sync group along, and back', async () => {
    const on = await up('yield-group');
    const group = (which: Which): string => `${yaml(which)}    - name: VI_2
      version: 3
      interface: eth1
      virtual_router_id: 51
      priority: ${PRIORITY[which]}
      advert_int: ${INTERVAL_MS}ms
      virtual_addresses: [172.28.128.201/24]
  sync_groups: [{ name: VG_1, instances: [VI_1, VI_2] }]
`;
    const d1 = on.host('d1');
    await d1.directord(group('d1'));
    await on.host('d2').directord(group('d2'));
    await alone(on, 'd1');
    await answers(d1);
    const holds = async (which: Which): Promise<boolean[]> =>
      Promise.all(['200', '201'].map((last) => on.host(which).hasAddress('eth1', `172.28.128.${last}/24`)));
    const { stdout, stderr } = await d1.directorctl(['failover', 'VI_2']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^VI_2: let go, 172\.28\.128\.90 is master after 0\.\d s\nVI_1: let go, 172\.28\.128\.90 is master after 0\.\d s \(its sync group\)\n$/,
    );
    await alone(on, 'd2');
    await until(async () => (await holds('d2')).every(Boolean), 5_000, 'd2 with both');
    expect(await holds('d1')).toEqual([false, false]);
    expect((await status(d1)).instances.map((i) => i.admin)).toEqual(['failover', 'failover']);
    const resumed = await d1.directorctl(['resume', 'VI_1']);
    expect(resumed.stdout.split('\n').length).toBe(3);
    await until(async () => (await holds('d1')).every(Boolean), 10_000, 'd1 with both again');
    await alone(on, 'd1');
  }, 60_000);

  it('is refused with one line where nobody would take over, and costs nothing there', async () => {
    const on = await up('yield-alone');
    const d1 = on.host('d1');
    await d1.directord(yaml('d1'));
    await until(() => d1.hasAddress('eth1', `${VIP}/24`), 20_000, 'd1 with the address');
    await answers(d1);
    const refused = await d1.directorctl(['failover', 'VI_1']);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^directorctl: no other router took VI_1 over within 0\.\d s: this host stays master\n$/,
    );
    expect(await d1.hasAddress('eth1', `${VIP}/24`)).toBe(true);
    expect((await status(d1)).instances[0]).toMatchObject({ state: 'master', admin: 'ready' });
    expect(await d1.directorctl(['failover', 'VI_2'])).toMatchObject({
      status: 1,
      stderr: 'directorctl: no instance VI_2; did you mean VI_1?\n',
    });
  }, 60_000);
});
