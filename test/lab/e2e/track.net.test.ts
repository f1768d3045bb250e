import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { Lab } from '../lab.js';
import { until, type Which } from './pair.js';

const VIP = '172.28.128.200/24';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

/** Two directords, d1 preferred, which tracks what is given; d2 tracks nothing. */
async function pair(
  name: string,
  track: string,
  uses: string,
  more = '',
  prepare = async (_: Lab) => {},
): Promise<Lab> {
  const yaml = (which: Which): string => `
${which === 'd1' ? track : ''}
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      priority: ${which === 'd1' ? 100 : 90}
      advert_int: 100ms
      virtual_addresses: [${VIP}]
      ${which === 'd1' ? `track: ${uses}` : ''}
${which === 'd1' ? more : ''}
`;
  lab = await Lab.up({
    name,
    hosts: {
      d1: { eth1: '172.28.128.60/24', eth2: '10.9.0.1/24' },
      d2: { eth1: '172.28.128.90/24', eth2: '10.9.0.2/24' },
    },
  });
  await prepare(lab);
  for (const which of ['d1', 'd2'] as const) await lab.host(which).directord(yaml(which));
  return lab;
}

/** Waits until exactly that host has the address. */
async function alone(on: Lab, which: Which, withinMs = 20_000): Promise<void> {
  const has = (host: Which): Promise<boolean> => on.host(host).hasAddress('eth1', VIP);
  const other = which === 'd1' ? 'd2' : 'd1';
  await until(async () => (await has(which)) && !(await has(other)), withinMs, `${which} alone\n${on.logs()}`);
}

async function status(on: Lab): Promise<StatusReport> {
  const { stdout, stderr } = await on.host('d1').directorctl(['status', '--json']);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as StatusReport;
}

const instance = async (on: Lab) => (await status(on)).instances[0] as StatusReport['instances'][number];

/** Waits until status gives these reasons. */
async function reasons(on: Lab, wanted: readonly string[]): Promise<void> {
  let found: readonly string[] = [];
  const same = async (): Promise<boolean> => {
    found = (await instance(on)).reasons;
    return found.join('\n') === wanted.join('\n');
  };
  await until(same, 5_000, `reasons ${wanted.join('; ')}`).catch((error: Error) => {
    throw new Error(`${error.message}; there were: ${found.join('; ')}`);
  });
}

describe('what an instance tracks, with real directords', () => {
  it('a process that is killed moves the address at once, and takes it back when it runs again', async () => {
    let program = '';
    const on = await pair(
      'track-proc',
      'track: { processes: [{ name: app, process: track-me }] }',
      '{ processes: [app] }',
      '',
      async (at) => {
        program = join(at.host('d1').dir, 'track-me');
        copyFileSync('/bin/sleep', program);
        await at.host('d1').start([program, '1000']);
      },
    );
    await alone(on, 'd1');
    const [app] = on.host('d1').running.filter((p) => p.name.includes('track-me'));
    const from = performance.now();
    app?.kill('SIGKILL');
    await alone(on, 'd2', 3_000);
    // Under the second between two looks: the death itself was told.
    expect(performance.now() - from).toBeLessThan(900);
    await reasons(on, ['process app is missing: none runs']);
    expect((await instance(on)).state).toBe('fault');
    const { stdout } = await on.host('d1').directorctl(['events', '--json', '--no-follow', '-n', '100']);
    expect(stdout.split('\n').filter((line) => line.includes('"process/app"')).length).toBe(2);
    await on.host('d1').start([program, '1000']);
    await alone(on, 'd1', 10_000);
    await reasons(on, []);
  }, 90_000);

  it('an interface without a carrier takes its weight after its delay, and a file its number', async () => {
    const on = await pair(
      'track-links',
      'track: { files: [{ name: load, path: /run/load, weight: 2 }] }',
      '{ interfaces: [eth1, { name: eth2, weight: -30, down_delay: 1s }], files: [load] }',
    );
    await alone(on, 'd1');
    const at = performance.now();
    await on.host('d1').must(['ip', 'link', 'set', 'eth2', 'down']);
    await alone(on, 'd2');
    expect(performance.now() - at).toBeGreaterThan(1_000);
    await reasons(on, ['interface eth2 is down (priority -30)']);
    expect(await instance(on)).toMatchObject({ state: 'backup', effectivePriority: 70 });
    await on.host('d1').must(['sh', '-c', 'echo 15 >/run/load']);
    await alone(on, 'd1');
    expect(await instance(on)).toMatchObject({ state: 'master', effectivePriority: 100 });
    await on.host('d1').must(['sh', '-c', 'echo -40 >/run/load']);
    await alone(on, 'd2');
    await on.host('d1').must(['ip', 'link', 'set', 'eth2', 'up']);
    await reasons(on, ['file load has -40 (priority -80)']);
    await on.host('d1').must(['sh', '-c', 'echo many >/run/load']);
    await alone(on, 'd1');
    const odd = 'counts as 0: it has "many"; allowed: a whole number from -2147483648 to 2147483647';
    await reasons(on, [`file load ${odd}`]);
    expect((await status(on)).problems).toContain(`file load (/run/load) ${odd}`);
  }, 90_000);

  it('a route that goes, or whose interface goes, gives the address away, and so does a service without servers', async () => {
    const on = await pair(
      'track-routes',
      `track:
  routes:
    - { name: uplink, to: default, interface: eth2 }
    - { name: six, to: "2001:db8:7::/48", weight: -1 }
    - { name: many, to: 10.8.0.0/16, table: 100, weight: -2 }
  services: [{ name: web, service: web }]`,
      '{ routes: [uplink, six, many], services: [web] }',
      `
ipvs:
  services:
    - name: web
      address: 172.28.128.200:80
      forward: masq
      check: { type: tcp, interval: 200ms, timeout: 100ms }
      servers: [{ address: "10.9.0.2:8080" }]`,
      async (at) => {
        const d1 = at.host('d1');
        await d1.must(['ip', 'route', 'add', 'default', 'via', '10.9.0.2']);
        await d1.must(['ip', '-6', 'address', 'add', 'fd00::1/64', 'dev', 'eth2', 'nodad']);
        await d1.must(['ip', '-6', 'route', 'add', '2001:db8:7::/48', 'via', 'fd00::2']);
        const hops = ['nexthop', 'via', '10.9.0.2', 'nexthop', 'via', '172.28.128.90'];
        await d1.must(['ip', 'route', 'add', '10.8.0.0/16', 'table', '100', ...hops]);
        await at.host('d2').nginx({ port: 8080 });
      },
    );
    const d1 = on.host('d1');
    await alone(on, 'd1');
    await reasons(on, []);
    await d1.must(['ip', 'route', 'del', 'default']);
    await alone(on, 'd2');
    await reasons(on, ['route uplink is missing: no IPv4 default route by eth2']);
    // By another interface it does not count.
    await d1.must(['ip', 'route', 'add', 'default', 'via', '172.28.128.90']);
    await d1.must(['ip', 'route', 'add', 'default', 'via', '10.9.0.2', 'metric', '5']);
    await alone(on, 'd1');
    await d1.must(['ip', 'link', 'set', 'eth2', 'down']);
    await alone(on, 'd2');
    expect((await instance(on)).reasons).toContain('route uplink is missing: no IPv4 default route by eth2');
    await d1.must(['ip', 'link', 'set', 'eth2', 'up']);
    await d1.must(['ip', 'route', 'add', 'default', 'via', '10.9.0.2', 'metric', '5']);
    // The way with several next hops lost one of them, the IPv6 route went with its interface.
    await alone(on, 'd1');
    await reasons(on, ['route six is missing: no route to 2001:db8:7::/48 (priority -1)']);
    await d1.must(['ip', 'route', 'del', '10.8.0.0/16', 'table', '100']);
    await reasons(on, [
      'route six is missing: no route to 2001:db8:7::/48 (priority -1)',
      'route many is missing: no route to 10.8.0.0/16 in table 100 (priority -2)',
    ]);
    const [web] = on.host('d2').running.filter((p) => p.name.includes('nginx'));
    web?.kill('SIGKILL');
    await alone(on, 'd2');
    await reasons(on, ['service web is down: no server is up and takes new connections']);
  }, 120_000);
});
