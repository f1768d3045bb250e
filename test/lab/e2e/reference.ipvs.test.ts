import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pair, pause, promptly, until } from './pair.js';

const URL = 'http://172.28.128.200/';
const R1 = '172.28.128.110:80';

describe('scenario 1 with directord on both directors', () => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await Pair.up('ref', 'directord', 'directord');
  });
  afterAll(async () => {
    await pair?.lab.down();
  });

  const table = async () => (await pair.host('d1').ipvsadm())[0]?.servers ?? [];
  const row = async (address: string) => (await table()).find((s) => s.address === address);

  it('spreads 50 requests in a row 25 to 25, and ipvsadm agrees', async () => {
    const before = await table();
    const report = await pair.client.requests(50, URL);
    expect(report.byBody).toEqual({ r1: 25, r2: 25 });
    const after = await table();
    // A director of a direct route sees half of a connection: it counts as inactive once the client's FIN went by.
    const grown = after.map((s, i) => s.active + s.inactive - (before[i]?.active ?? 0) - (before[i]?.inactive ?? 0));
    expect(grown).toEqual([25, 25]);
  });

  it('tells in its status what ipvsadm and ip tell', async () => {
    const status = await pair.status('d1');
    const [instance] = status.instances;
    expect(instance).toMatchObject({
      name: 'VI_1',
      state: 'master',
      interface: 'eth1',
      virtualRouterId: 50,
      priority: 100,
      effectivePriority: 100,
      version: 2,
      master: '172.28.128.60',
      addresses: ['172.28.128.200/24'],
    });
    expect(await pair.host('d1').hasAddress('eth1', '172.28.128.200/24')).toBe(true);
    const rows = await table();
    const [web] = status.services;
    expect(web).toMatchObject({
      name: 'web',
      address: '172.28.128.200:80',
      protocol: 'tcp',
      scheduler: 'rr',
      state: 'up',
    });
    expect(
      web?.servers.map((s) => [s.address, s.effectiveWeight, s.activeConnections + s.inactiveConnections]),
    ).toEqual(rows.map((s) => [s.address, s.weight, s.active + s.inactive]));
    for (const server of web?.servers ?? []) {
      expect(server).toMatchObject({
        forward: 'dr',
        weight: 1,
        health: 'up',
        admin: 'ready',
        lastCheck: { ok: true, reason: null },
      });
    }
    const other = await pair.status('d2');
    expect(other.instances[0]).toMatchObject({ state: 'backup', master: '172.28.128.60', effectivePriority: 50 });
  });

  it('drains a server: new requests go to the other, an open connection finishes, the row stays with weight 0', async () => {
    const open = await pair.client.start([process.execPath, '-e', SLOW], { name: 'slow' });
    await open.waitForLine(/connected/);
    const drained = await pair.host('d1').directorctl(['drain', '172.28.128.110']);
    expect(drained).toMatchObject({ status: 0, stderr: '' });
    expect(drained.stdout).toContain('172.28.128.110:80');
    const report = await pair.client.requests(20, URL);
    expect(report.byBody).toEqual({ r2: 20 });
    expect(await row(R1)).toMatchObject({ weight: 0 });
    open.kill('SIGUSR1');
    await open.waitForLine(/answers: r1,r2|answers: r2,r1/);
    const status = await pair.status('d1');
    expect(status.services[0]?.servers[0]).toMatchObject({
      admin: 'drain',
      weight: 1,
      effectiveWeight: 0,
      health: 'up',
    });
  });

  it('keeps a drain over a restart of the service, and over a health check that comes back', async () => {
    const d1 = pair.process('d1');
    d1.kill('SIGTERM');
    expect(await d1.exited).toMatchObject({ status: 0 });
    expect(await row(R1)).toMatchObject({ weight: 0 });
    await pair.start('d1');
    await pair.master('d1', 60_000);
    await until(async () => (await row(R1))?.weight === 0, 20_000, 'the drained row');
    await until(async () => (await pair.status('d1')).services[0]?.servers[0]?.health === 'up', 10_000, 'its check');
    expect(await row(R1)).toMatchObject({ weight: 0 });
  });

  it('takes the drain back: 10 and 10 of 20', async () => {
    expect(await pair.host('d1').directorctl(['undrain', '172.28.128.110'])).toMatchObject({ status: 0 });
    expect((await pair.client.requests(20, URL)).byBody).toEqual({ r1: 10, r2: 10 });
  });

  it('waits for a drained server until its last connection is over', async () => {
    const open = await pair.client.start([process.execPath, '-e', SLOW], { name: 'slow' });
    await open.waitForLine(/connected/);
    const wait = await pair
      .host('d1')
      .start([process.execPath, 'dist/bin/directorctl.js', 'drain', R1, '--wait', '--json']);
    await wait.waitForLine(/"servers"/);
    expect(wait.running).toBe(true);
    open.kill('SIGUSR1');
    await open.exited;
    expect(await wait.exited).toMatchObject({ status: 0 });
    expect(await pair.host('d1').directorctl(['undrain', R1])).toMatchObject({ status: 0 });
  });

  it('puts back within 2 s what ipvsadm -C took, without asking', async () => {
    await pair.host('d1').must(['ipvsadm', '-C']);
    await promptly(() => pair.forwards('d1'), 2_000, 'the table');
  });

  it('leaves a service alone that is not in the configuration', async () => {
    await pair.host('d1').must(['ipvsadm', '-A', '-t', '172.28.128.200:8443', '-s', 'wlc']);
    await pair.host('d1').must(['ipvsadm', '-a', '-t', '172.28.128.200:8443', '-r', '172.28.128.120', '-g']);
    await pause(2_500);
    const found = (await pair.host('d1').ipvsadm()).find((s) => s.address === '172.28.128.200:8443');
    expect(found).toMatchObject({ scheduler: 'wlc', servers: [{ address: '172.28.128.120:8443', weight: 1 }] });
    await pair.host('d1').must(['ipvsadm', '-D', '-t', '172.28.128.200:8443']);
  });

  it('takes a dead web server out within fall x interval + timeout, and back after rise x interval', async () => {
    const nginx = pair.lab.host('r1').started.find((p) => p.name.includes('nginx'));
    nginx?.kill('SIGTERM');
    await nginx?.exited;
    await promptly(async () => (await row(R1)) === undefined, 3 * 2_000 + 1_000 + MARGIN, 'its row gone');
    expect((await pair.client.requests(10, URL)).byBody).toEqual({ r2: 10 });
    const down = (await pair.status('d1')).services[0]?.servers[0];
    expect(down).toMatchObject({
      health: 'down',
      lastCheck: { ok: false, reason: expect.stringContaining('refused') },
    });
    await pair.lab.host('r1').nginx();
    await promptly(async () => (await row(R1))?.weight === 1, 2_000 + 1_000 + MARGIN, 'its row back');
    // A port that the client uses again keeps its server for as long as the kernel remembers the connection.
    const { r1 = 0, r2 = 0 } = (await pair.client.requests(20, URL)).byBody;
    expect(r1 + r2).toBe(20);
    expect(Math.abs(r1 - r2)).toBeLessThanOrEqual(4);
  });

  it('loses no advert and no connection when its director process is killed, and starts it again', async () => {
    const capture = await pair.client.tcpdump('eth1', 'proto 112');
    const killed = pair.directorPid('d1');
    await pause(1_500);
    process.kill(killed, 'SIGKILL');
    const report = await pair.client.requests(10, URL);
    expect(report.ok).toBe(10);
    await until(() => pair.directorPid('d1') !== killed, 5_000, 'another director process');
    await until(async () => (await pair.host('d1').directorctl(['status'])).status === 0, 20_000, 'its control socket');
    expect(await pair.forwards('d1')).toBe(true);
    const adverts = (await capture.stop()).filter((p) => p.vrrp !== undefined);
    expect(adverts.every((p) => p.ip?.source === '172.28.128.60' && p.vrrp?.priority === 100)).toBe(true);
    const gaps = adverts.slice(1).map((p, i) => p.at - (adverts[i]?.at ?? 0));
    // A clock of User Mode Linux on a busy machine; the benchmark measures lateness on a real one.
    expect(Math.max(...gaps)).toBeLessThan(1_000_000 + 500_000);
    expect(await pair.holders()).toEqual(['d1']);
  });

  it('puts back an address that somebody removed, and announces it', async () => {
    const capture = await pair.client.tcpdump('eth1', 'arp');
    await pair.host('d1').must(['ip', 'addr', 'del', '172.28.128.200/24', 'dev', 'eth1']);
    await capture.waitFor(
      (p) => p.arp?.gratuitous === true && p.arp.sender === '172.28.128.200',
      'announcement',
      2_000,
    );
    expect(await pair.holders()).toEqual(['d1']);
    await capture.stop();
  });
});

/** What the lab's one slow processor may add to a bound, in ms. */
const MARGIN = 1_500;

/** Opens a connection to each server, and asks only when told (SIGUSR1): connections that live through a drain. */
const SLOW = `
const net = require('node:net');
const answers = [];
let connected = 0;
const sockets = [1, 2].map(() => {
  const socket = net.connect(80, '172.28.128.200', () => { if (++connected === 2) console.log('connected'); });
  socket.on('data', (text) => { answers.push(String(text).trim().split('\\n').pop()); socket.end(); });
  socket.on('close', () => { if (answers.length === 2) { console.log('answers: ' + answers.join()); process.exit(0); } });
  return socket;
});
process.on('SIGUSR1', () => { for (const s of sockets) s.write('GET / HTTP/1.0\\r\\n\\r\\n'); });
`;
