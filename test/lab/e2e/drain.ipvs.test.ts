import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repo } from '../anchor.js';
import { Lab, type LabProcess } from '../lab.js';
import { CLIENTS, DIRECT, drainLab, FIRST_CLIENT, MASQUERADED } from '../topologies/drain.js';
import { pause, until } from './pair.js';

const worker = (name: string, ...args: readonly (string | number)[]): string[] => [
  process.execPath,
  join(repo, 'test/lab/e2e', name),
  ...args.map(String),
];

/** The two ways to the servers: direct route (r1, r2) and masquerade (m1, m2). The first server of each is drained. */
const WAYS = [
  { forward: 'dr', vip: DIRECT, first: 'r1', server: '172.28.128.110', other: 'r2' },
  { forward: 'masq', vip: MASQUERADED, first: 'm1', server: '10.1.0.11', other: 'm2' },
] as const;

const CHECK = 'check: { type: tcp, interval: 500ms, timeout: 400ms, rise: 1, fall: 2 }';
const services = [
  { vip: DIRECT, forward: 'dr', servers: ['172.28.128.110', '172.28.128.120'] },
  { vip: MASQUERADED, forward: 'masq', servers: ['10.1.0.11', '10.1.0.12'] },
].flatMap(({ vip, forward, servers }) => {
  const of = (port: number): string => servers.map((address) => `{ address: ${address}:${port} }`).join(', ');
  return [
    `- { name: web-${forward}, address: ${vip}:80, scheduler: rr, forward: ${forward}, ${CHECK}, servers: [${of(80)}] }`,
    `- { name: long-${forward}, address: ${vip}:7777, scheduler: rr, forward: ${forward}, persistence: 10m, servers: [${of(7777)}] }`,
    `- { name: flow-${forward}, address: ${vip}:7777, protocol: udp, scheduler: rr, forward: ${forward}, servers: [${of(7777)}] }`,
  ];
});
const yaml = (keys = ''): string => `control: { group: root }
ipvs:
${keys}  services:
${services.map((line) => `    ${line}\n`).join('')}`;

interface Dense {
  readonly sent: number;
  readonly byBody: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
  readonly slow: number;
}

interface Held {
  readonly open: number;
  readonly held: { readonly byServer: Record<string, number>; readonly cut: number; readonly echoes: number };
  readonly fresh: { readonly byServer: Record<string, number>; readonly failed: number };
}

/** What takes a minute more. */
const night = process.env.DIRECTORD_TEST_NIGHT === undefined ? () => {} : it;

describe('a drain that means it', () => {
  let lab: Lab;
  let directord: LabProcess;
  beforeAll(async () => {
    lab = await Lab.up(drainLab);
    for (const name of ['r1', 'r2', 'm1', 'm2'] as const) {
      await lab.host(name).nginx();
      const server = await lab.host(name).start(worker('drain-server.mjs', name, 7777), { name: 'long' });
      await server.waitForLine(/ready/, SLOW);
    }
    // The kernel's own values, without the switches.
    await start('  switches: { manage: false }\n');
  });
  afterAll(async () => {
    await lab?.down();
  });

  const d1 = () => lab.host('d1');
  async function start(keys?: string): Promise<void> {
    directord = await d1().directord(yaml(keys));
    await until(filled, SLOW, `six services in the table\n${directord.output}`);
  }
  const filled = async (): Promise<boolean> => {
    const table = await d1().ipvsadm();
    return table.length === 6 && table.every((s) => s.servers.filter((each) => each.weight > 0).length === 2);
  };
  /** Whether the web service of this address has both of its servers. */
  const both = async (vip: string): Promise<boolean> =>
    (await d1().ipvsadm()).some((s) => s.address === `${vip}:80` && s.servers.filter((r) => r.weight > 0).length === 2);
  const ctl = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await d1().directorctl(args, SLOW);
    if (status !== 0) throw new Error(`directorctl ${args.join(' ')}: ${status} ${stderr}`);
    return stdout;
  };
  const switches = async (): Promise<string[]> =>
    (await d1().must(['sysctl', '-n', ...NAMES.map((name) => `net.ipv4.vs.${name}`)])).trim().split('\n');

  /** `drain --wait --json`, when the drain is in the table. */
  async function waiting(...args: readonly string[]): Promise<LabProcess> {
    const ctl = [process.execPath, join(repo, 'dist/bin/directorctl.js')];
    const wait = await d1().start([...ctl, 'drain', ...args, '--wait', '--json'], { name: 'wait' });
    await wait.waitForLine(/"servers"/, SLOW);
    return wait;
  }

  /** A worker's answer to a signal. */
  async function asked<T>(from: LabProcess, signal: NodeJS.Signals): Promise<T> {
    const before = from.stdout.length;
    from.kill(signal);
    return from.waitFor(
      () => {
        const line = /^\{.*\}$/m.exec(from.stdout.slice(before));
        return line === null ? null : (JSON.parse(line[0]) as T);
      },
      `an answer to ${signal}`,
      SLOW,
    );
  }

  /** Requests from ports that come again, while the first server is drained `times` times. */
  async function drains(on: (typeof WAYS)[number], times: number): Promise<number[]> {
    const { vip, server, first, forward } = on;
    const service = ['--service', `web-${forward}`];
    const stream = await lab.host('client').start(worker('dense-client.mjs', vip, 80, 2, 20), { name: 'dense' });
    await stream.waitForLine(/ready/, SLOW);
    const reached: number[] = [];
    for (let i = 0; i < times; i++) {
      await pause(1_000);
      await ctl('drain', server, ...service);
      await asked<Dense>(stream, 'SIGUSR1');
      await pause(1_000);
      reached.push((await asked<Dense>(stream, 'SIGUSR1')).byBody[first] ?? 0);
      await ctl('undrain', server, ...service);
    }
    await stream.end('SIGTERM');
    return reached;
  }

  night('lets clients through to a drained server with the kernel’s own switches', async () => {
    expect(await switches()).toEqual(['1', '0', '0']);
    const reached = await drains(WAYS[0], 2);
    note(`with the kernel's own switches, ${reached.join(' and ')} requests reached the drained server`);
    expect(Math.max(...reached)).toBeGreaterThan(0);
  });

  it('sets the switches, keeps them, and puts them back', async () => {
    directord.kill('SIGTERM');
    await directord.exited;
    await start('  on_stop: clear\n');
    await until(async () => (await switches()).join() === '1,1,1', SLOW, 'the switches');
    await d1().must(['sysctl', '-qw', 'net.ipv4.vs.expire_nodest_conn=0']);
    await until(async () => (await switches()).join() === '1,1,1', SLOW, 'the switches again');
    expect(await ctl('events', '--no-follow')).toContain('repaired');
    directord.kill('SIGTERM');
    await directord.exited;
    expect(await switches()).toEqual(['1', '0', '0']);
    expect(await d1().ipvsadm()).toEqual([]);
    await start();
  });

  it('reaches no drained server any more, by direct route and by masquerade, however often', async () => {
    const reached = await Promise.all(WAYS.map((on) => drains(on, 3)));
    expect(reached).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('keeps 200 long connections, lets no client come, not even a persistent one, and waits for the last', async () => {
    const each = 10;
    for (const { vip, forward, first, server, other } of WAYS) {
      const service = ['--service', `long-${forward}`];
      const args = worker('drain-client.mjs', vip, 7777, FIRST_CLIENT, CLIENTS, each);
      const client = await lab.host('client').start(args, { name: 'long' });
      await client.waitForLine(/ready/, SLOW);
      const before = await asked<Held>(client, 'SIGUSR1');
      expect(before).toMatchObject({ open: 400, held: { byServer: { [first]: 200, [other]: 200 }, cut: 0 } });
      const wait = await waiting(server, ...service);
      const drained = await asked<Held>(client, 'SIGUSR1');
      // As long as it takes, on a slow machine too, until each client has come twice and each connection spoke three times.
      let fresh = 0;
      let later = drained;
      const enough = (): boolean => fresh >= 2 * CLIENTS && later.held.echoes - drained.held.echoes >= 3 * 400;
      for (let n = 0; n < 30 && !enough(); n++) {
        await pause(1_000);
        later = await asked<Held>(client, 'SIGUSR1');
        // Every client, those with a template of the drained server too, goes to the other one.
        expect(later.fresh.byServer[first]).toBeUndefined();
        expect(later.fresh.failed).toBe(0);
        fresh += later.fresh.byServer[other] ?? 0;
      }
      expect(enough()).toBe(true);
      expect(later.open).toBe(400);
      expect(later.held.cut).toBe(0);
      expect(wait.running).toBe(true);
      client.kill('SIGUSR2');
      const closed = performance.now();
      expect(await wait.exited).toMatchObject({ status: 0 });
      const after = performance.now() - closed;
      expect(after).toBeLessThan(5_000);
      const last = JSON.parse(wait.stdout.trim().split('\n').at(-1) ?? '');
      expect(last).toMatchObject({ done: true, servers: [{ admin: 'drain', activeConnections: 0, left: 0 }] });
      note(
        `${forward}: 200 held, ${fresh} new ones, none to ${first}; the wait ended ${after.toFixed(0)} ms after the last`,
      );
      await client.end('SIGTERM');
      await ctl('undrain', server, ...service);
    }
  });

  it('waits for flows of UDP until the kernel has forgotten them, and disables the server then', async () => {
    await d1().must(['ipvsadm', '--set', '0', '0', '3']);
    const flow = await lab.host('client').start([process.execPath, '-e', FLOW, DIRECT, '7777'], { name: 'flow' });
    const [, name = ''] = await flow.waitForLine(/^(r\d)$/, SLOW);
    const server = name === 'r1' ? '172.28.128.110' : '172.28.128.120';
    const wait = await waiting(server, '--service', 'flow-dr', '--disable');
    await pause(3_500);
    // The flow goes on, on the same server.
    expect(wait.running).toBe(true);
    expect(new Set(flow.stdout.trim().split('\n'))).toEqual(new Set([name]));
    await flow.end('SIGTERM');
    expect(await wait.exited).toMatchObject({ status: 0 });
    const rows = async (): Promise<string[]> => {
      const table = await d1().ipvsadm();
      const udp = table.find((s) => s.protocol === 'UDP' && s.address === `${DIRECT}:7777`);
      return (udp?.servers ?? []).map((each) => each.address).sort();
    };
    expect(await rows()).toEqual([`${name === 'r1' ? '172.28.128.120' : '172.28.128.110'}:7777`]);
    expect(await ctl('enable', server, '--service', 'flow-dr')).toContain('No longer disabled.');
    expect(await rows()).toEqual(['172.28.128.110:7777', '172.28.128.120:7777']);
  });

  night('loses none of 10,000 requests while servers of both ways are restarted behind a drain', async () => {
    // As many ports as a client has: by direct route one that comes again soon keeps its server (conn_reuse_mode 1), so that
    // with a few none would ever come back to a server that returns.
    await lab.host('client').must(['sysctl', '-qw', 'net.ipv4.ip_local_port_range=20000 59999']);
    const begin = performance.now();
    const parts: Dense[] = [];
    let restarts = 0;
    const sent = (): number => parts.reduce((sum, part) => sum + part.sent, 0);
    await Promise.all(
      WAYS.map(async ({ vip, forward, server, first }) => {
        const stream = await lab.host('client').start(worker('dense-client.mjs', vip, 80, 4), { name: 'dense' });
        await stream.waitForLine(/ready/, SLOW);
        for (let n = 0; n < 2 || sent() < 10_000; n++) {
          await ctl('drain', server, '--wait', '--service', `web-${forward}`);
          const nginx = lab.host(first).running.find((p) => p.name.includes('nginx'));
          await nginx?.end('SIGTERM');
          await lab.host(first).nginx();
          await ctl('undrain', server, '--service', `web-${forward}`);
          await until(() => both(vip), SLOW, `${server} back in the table`);
          // Until it serves again.
          let served = 0;
          for (let look = 0; look < 30 && served === 0; look++) {
            await pause(500);
            const part = await asked<Dense>(stream, 'SIGUSR1');
            served = (await both(vip)) ? (part.byBody[first] ?? 0) : 0;
            parts.push(part);
          }
          restarts += 1;
          expect(served).toBeGreaterThan(0);
        }
        await stream.end('SIGTERM');
      }),
    );
    const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
    const slow = parts.reduce((sum, part) => sum + part.slow, 0);
    note(`${sent()} requests (${slow} slower than 900 ms) in ${seconds} s, ${restarts} restarts`);
    expect(parts.flatMap((part) => part.failed)).toEqual([]);
    expect(sent()).toBeGreaterThanOrEqual(10_000);
  });
});

/** A figure for whoever reads along. */
const note = (text: string): void => void process.stdout.write(`${text}\n`);

/** What things may take while others use the machine, in ms: none of the bounds is about speed. */
const SLOW = 60_000;

const NAMES = ['conn_reuse_mode', 'expire_nodest_conn', 'expire_quiescent_template'];

/** One flow of UDP: asks from one port five times a second, and prints who answers. */
const FLOW = `
const socket = require('node:dgram').createSocket('udp4');
const [host, port] = process.argv.slice(1);
socket.on('message', (text) => console.log(String(text)));
setInterval(() => socket.send('?', Number(port), host), 200);
`;
