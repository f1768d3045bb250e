import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceStatus, StatusReport } from '../../../src/core/status.js';
import { repo } from '../anchor.js';
import { type Host, Lab } from '../lab.js';
import type { HostSpec, Topology } from '../topology.js';
import { until } from './pair.js';
import { ask, certificate, haproxy, resolver, tlsNginx } from './tiers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

/** A director between two networks, the client on one, servers on the other. */
function routed(name: string, n: number, servers: readonly string[]): Topology {
  const server = (i: number): HostSpec => ({
    eth2: `10.${n}.1.${11 + i}/24`,
    routes: [`default via 10.${n}.1.1`],
  });
  return {
    name,
    hosts: {
      client: { eth1: `10.${n}.0.5/24` },
      d: {
        eth1: [`10.${n}.0.1/24`, `10.${n}.0.100/32`],
        eth2: `10.${n}.1.1/24`,
        sysctl: ['net.ipv4.ip_forward=1'],
      },
      ...Object.fromEntries(servers.map((host, i) => [host, server(i)])),
    },
  };
}

/** The configuration file of a scenario that we ship, running; ready when every service is up. */
async function direct(host: Host, scenario: string): Promise<void> {
  const yaml = readFileSync(join(repo, `configs/${scenario}.yaml`), 'utf8');
  await host.directord(yaml.replace(/^router_id/m, 'control: { group: root }\nrouter_id'));
  const judged = async (): Promise<boolean> => {
    const { services } = await status(host).catch(() => ({ services: [] }) as Pick<StatusReport, 'services'>);
    return services.length > 0 && services.every((s) => s.servers.every((each) => each.health !== 'unknown'));
  };
  await until(judged, 60_000, 'directord with a verdict on every server').catch((error: Error) => {
    throw new Error(`${error.message}\n${lab?.logs()}`);
  });
}

async function status(host: Host): Promise<StatusReport> {
  const { status: code, stdout, stderr } = await host.directorctl(['status', '--json']);
  if (code !== 0) throw new Error(`directorctl status ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as StatusReport;
}

const service = async (host: Host, name: string): Promise<ServiceStatus> =>
  (await status(host)).services.find((s) => s.name === name) as ServiceStatus;

/** `10.0.0.1:80=1` of all rows of a service in the kernel. */
const rows = async (host: Host, address: string): Promise<string[]> =>
  ((await host.ipvsadm()).find((s) => s.address === address)?.servers ?? []).map((s) => `${s.address}=${s.weight}`);

describe('scenario 2: IPVS alone on one host', () => {
  it('alternates between two servers on the host itself, shows its counters, and drops a dead one', async () => {
    lab = await Lab.up({ name: 's2', hosts: { d: { eth1: '10.2.0.1/24' } } });
    const d = lab.host('d');
    await d.must(['ip', 'link', 'add', 'dummy0', 'type', 'dummy']);
    await d.must(['ip', 'addr', 'add', '192.168.100.1/32', 'dev', 'dummy0']);
    await d.must(['ip', 'link', 'set', 'dummy0', 'up']);
    const first = await d.nginx({ port: 8081, body: 'one' });
    await d.nginx({ port: 8082, body: 'two' });
    await direct(d, 'scenario2');
    expect((await d.requests(10, 'http://192.168.100.1/')).byBody).toEqual({ one: 5, two: 5 });
    // The kernel adds its counters up every 2 s.
    await until(async () => (await service(d, 'web')).totals?.connections === 10, 10_000, 'all connections counted');
    expect((await service(d, 'web')).servers.map((s) => s.connections)).toEqual([5, 5]);
    first.kill('SIGKILL');
    await until(async () => (await rows(d, '192.168.100.1:80')).length === 1, 10_000, 'the dead one gone');
    expect((await d.requests(10, 'http://192.168.100.1/')).byBody).toEqual({ two: 10 });
  });
});

describe('scenario 4: weights, TLS, stickiness', () => {
  it('gives 2, 3 and 4 of 9, takes out whose handshake fails, and keeps a client at its server', async () => {
    lab = await Lab.up(routed('s4', 4, ['r1', 'r2', 'r3']));
    const d = lab.host('d');
    const client = lab.host('client');
    const servers = ['r1', 'r2', 'r3'].map((name) => lab?.host(name) as Host);
    await Promise.all(servers.map((host) => host.nginx()));
    const secure = await Promise.all(servers.map(async (host) => tlsNginx(host, await certificate(host))));
    await direct(d, 'scenario4');
    expect((await client.requests(9, 'http://10.4.0.100/')).byBody).toEqual({ r1: 2, r2: 3, r3: 4 });

    // Untouched: what the client sees is the certificate of the server that answers it, and it is always the same one.
    const curl = ['curl', '-sk', '--max-time', '2', '-w', '%{certs}', 'https://10.4.0.100/'];
    const said = await Promise.all(Array.from({ length: 6 }, () => client.must(curl)));
    const answered = said.map((text) => /^(r\d)$/m.exec(text)?.[1]);
    expect(new Set(answered).size).toBe(1);
    expect(said[0]).toContain(`CN = ${answered[0]}`);

    // The port answers, TLS does not.
    const stuck = answered[0] as string;
    const index = Number(stuck.slice(1)) - 1;
    secure[index]?.kill('SIGKILL');
    await secure[index]?.exited;
    await (servers[index] as Host).start(['socat', 'TCP-LISTEN:443,fork,reuseaddr', 'SYSTEM:sleep 5']);
    const gone = `10.4.1.${11 + index}:443`;
    await until(
      async () => !(await rows(d, '10.4.0.100:443')).some((row) => row.startsWith(gone)),
      15_000,
      'no TLS, no row',
    );
    const down = (await service(d, 'secure')).servers[index];
    expect(down).toMatchObject({
      health: 'down',
      lastCheck: { ok: false, reason: expect.stringMatching(/handshake|TLS/i) },
    });
    expect((await service(d, 'web')).servers[index]?.health).toBe('up');
    const other = /^(r\d)$/m.exec(await client.must(curl))?.[1];
    expect(other).not.toBe(stuck);
  });
});

describe('scenario 5: active and standby', () => {
  it('sends to the standby only after 7 failed checks of the active server, and back when that is back', async () => {
    lab = await Lab.up(routed('s5', 5, ['active', 'standby']));
    const d = lab.host('d');
    const client = lab.host('client');
    const [active] = await Promise.all([lab.host('active').nginx(), lab.host('standby').nginx()]);
    await direct(d, 'scenario5');
    const url = 'http://10.5.0.100/';
    expect((await client.requests(5, url)).byBody).toEqual({ active: 5 });
    active.kill('SIGKILL');
    await active.exited;
    const dead = performance.now();
    await until(async () => (await rows(d, '10.5.0.100:80')).join() === '10.5.1.12:80=1', 20_000, 'the standby');
    // The seventh failure comes 6 to 7 intervals after the server died.
    expect(performance.now() - dead).toBeGreaterThan(5_900);
    expect((await client.requests(5, url)).byBody).toEqual({ standby: 5 });
    await lab.host('active').nginx();
    await until(async () => (await rows(d, '10.5.0.100:80')).join() === '10.5.1.11:80=1', 10_000, 'the active one');
    expect((await client.requests(5, url)).byBody).toEqual({ active: 5 });
  });
});

describe('scenario 6: servers on other ports, a page to look at', () => {
  it('balances between two ports of one node, and serves a page that refreshes by itself', async () => {
    lab = await Lab.up(routed('s6', 6, ['node']));
    const d = lab.host('d');
    const client = lab.host('client');
    await Promise.all([
      lab.host('node').nginx({ port: 30000, body: 'pod-a' }),
      lab.host('node').nginx({ port: 30001, body: 'pod-b' }),
    ]);
    await direct(d, 'scenario6');
    expect((await client.requests(10, 'http://10.6.0.100:2023/')).byBody).toEqual({ 'pod-a': 5, 'pod-b': 5 });
    const page = await client.must(['curl', '-s', '--max-time', '2', 'http://10.6.0.1:8404/']);
    const seconds = Number(/http-equiv="refresh" content="(\d+)"/.exec(page)?.[1]);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(10);
    for (const text of ['nodes', '10.6.1.11:30000', '10.6.1.11:30001', 'UP']) expect(page).toContain(text);
    // The kernel adds its counters up every 2 s.
    const counted = 'directord_service_connections_total{service="nodes",protocol="tcp",address="10.6.0.100:2023"} 10';
    const metrics = () => client.must(['curl', '-s', '--max-time', '2', 'http://10.6.0.1:8404/metrics']);
    await until(async () => (await metrics()).includes(counted), 10_000, 'all connections in the metrics');
  });
});

describe('scenario 8: two tiers', () => {
  it('chooses by host name and path behind the director, drains one by one without loss, and DNS survives a dead server', async () => {
    lab = await Lab.up(routed('s8', 8, ['p1', 'p2', 'w']));
    const d = lab.host('d');
    const client = lab.host('client');
    const web = lab.host('w');
    const proxies = [lab.host('p1'), lab.host('p2')];
    await Promise.all([
      web.nginx({ port: 8001, body: 'example1' }),
      web.nginx({ port: 8002, body: 'example2' }),
      web.nginx({ port: 8003, body: 'picture' }),
    ]);
    const running = await Promise.all(proxies.map((host) => haproxy(host, '10.8.1.13')));
    const names = await Promise.all(proxies.map((host) => resolver(host)));
    await direct(d, 'scenario8');
    const get = (host: string, path: string) =>
      client.must(['curl', '-s', '--max-time', '2', '-H', `Host: ${host}`, `http://10.8.0.100${path}`]);
    expect(await get('example1.local', '/')).toBe('example1\n');
    expect(await get('example2.local', '/')).toBe('example2\n');
    expect(await get('example2.local', '/cat.jpg')).toBe('picture\n');

    const stream = await client.stream('http://10.8.0.100/?host=example1.local', 20, 2_000);
    for (const [i, host] of proxies.entries()) {
      const address = `10.8.1.${11 + i}`;
      const drained = await d.directorctl(['drain', address, '--service', 'web', '--wait', '--timeout', '30s'], 60_000);
      expect(drained).toMatchObject({ status: 0 });
      running[i]?.kill('SIGTERM');
      await running[i]?.exited;
      await haproxy(host, '10.8.1.13');
      const taken = await d.directorctl(['undrain', address, '--service', 'web']);
      expect(taken).toMatchObject({ status: 0 });
      await until(
        async () => (await service(d, 'web')).servers.every((s) => s.health === 'up' && s.effectiveWeight === 1),
        20_000,
        'both back',
      );
    }
    const report = await stream.stop();
    expect(report.failures).toEqual([]);
    expect(report.sent).toBeGreaterThan(100);

    expect(await ask(client, '10.8.0.100', 6)).toEqual({ '10.8.1.11': 3, '10.8.1.12': 3 });
    names[0]?.kill('SIGKILL');
    await until(async () => (await rows(d, '10.8.0.100:53')).length === 1, 10_000, 'the dead resolver gone');
    expect(await ask(client, '10.8.0.100', 6)).toEqual({ '10.8.1.12': 6 });
    expect((await service(d, 'dns')).servers[0]).toMatchObject({ health: 'down' });
  });
});
