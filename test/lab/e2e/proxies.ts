import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusReport } from '../../../src/core/status.js';
import { repo } from '../anchor.js';
import { type Capture, type Host, Lab, type LabProcess, type Packet } from '../lab.js';
import { haproxyConf, scenario3, vip3 } from '../topologies/scenario3.js';
import { pause, until } from './pair.js';

export type ProxyHost = 'h1' | 'h2';
export const ADDRESS: Readonly<Record<ProxyHost, string>> = { h1: '10.0.0.11', h2: '10.0.0.12' };
export const URL = `http://${vip3}/`;

/** ms: the script's interval in s × fall 1, and Skew_Time of RFC 3768 §6.1 for priority 100. */
export const limit = (interval: number): number => interval * 1000 + ((256 - 100) / 256) * 1000;

const other = (proxy: ProxyHost): ProxyHost => (proxy === 'h1' ? 'h2' : 'h1');
const announced = (p: Packet): boolean => p.arp?.gratuitous === true && p.arp.sender === vip3;
export const resigned =
  (who: ProxyHost) =>
  (p: Packet): boolean =>
    p.vrrp?.priority === 0 && p.ip?.source === ADDRESS[who];

/** The configuration file of scenario 3 that we ship, where the script's interval is 1 s. */
export const scenario3Yaml = (proxy: ProxyHost, interval: number): string =>
  readFileSync(join(repo, `configs/scenario3-haproxy${proxy === 'h1' ? 1 : 2}.yaml`), 'utf8')
    .replace(/^router_id/m, 'control: { group: root }\nrouter_id')
    .replace('interval: 1s', `interval: ${interval}s`);

/** Scenario 3, up: HAProxy and directord on both hosts, h1 master. */
export class Proxies {
  readonly lab: Lab;
  readonly #haproxies = new Map<ProxyHost, LabProcess>();
  readonly #directords = new Map<ProxyHost, LabProcess>();

  readonly #interval: number;

  private constructor(lab: Lab, interval: number) {
    this.lab = lab;
    this.#interval = interval;
  }

  static async up(name: string, interval: number): Promise<Proxies> {
    const proxies = new Proxies(await Lab.up({ ...scenario3, name }), interval);
    const { lab } = proxies;
    try {
      await Promise.all([lab.host('w1').nginx(), lab.host('w2').nginx()]);
      await Promise.all([proxies.haproxy('h1'), proxies.haproxy('h2')]);
      await proxies.directord('h1');
      await proxies.master('h1', 60_000);
      await proxies.directord('h2');
      await until(async () => (await proxies.state('h2')) === 'backup', 60_000, 'h2 in BACKUP');
      return proxies;
    } catch (error) {
      const logs = lab.logs();
      await lab.down();
      throw new Error(`${(error as Error).message}\n${logs}`);
    }
  }

  host(proxy: ProxyHost): Host {
    return this.lab.host(proxy);
  }

  get client(): Host {
    return this.lab.host('client');
  }

  /** HAProxy as its unit runs it: a master that watches its worker. */
  async haproxy(proxy: ProxyHost): Promise<LabProcess> {
    const file = this.host(proxy).write('haproxy.cfg', haproxyConf);
    const started = await this.host(proxy).start(['haproxy', '-W', '-db', '-f', file], { name: 'haproxy' });
    this.#haproxies.set(proxy, started);
    await until(() => this.#listens(proxy), 20_000, `HAProxy on ${proxy}`);
    return started;
  }

  async directord(proxy: ProxyHost, yaml = scenario3Yaml(proxy, this.#interval)): Promise<LabProcess> {
    const started = await this.host(proxy).directord(yaml);
    this.#directords.set(proxy, started);
    return started;
  }

  /** Ends directord by SIGTERM. */
  async stop(proxy: ProxyHost): Promise<void> {
    const running = this.#directords.get(proxy);
    running?.kill('SIGTERM');
    await running?.exited;
  }

  /** As an operator does: the master reads its file again and starts a new worker beside the old one. */
  async reload(proxy: ProxyHost): Promise<void> {
    const workers = async () => (await this.host(proxy).must(['pgrep', '-x', 'haproxy'])).trim().split('\n');
    const before = await workers();
    this.#haproxies.get(proxy)?.kill('SIGUSR2');
    await until(async () => (await workers()).some((pid) => !before.includes(pid)), 10_000, 'a new worker');
    await until(() => this.#listens(proxy), 10_000, 'HAProxy after a reload');
  }

  /** The very command of the scenario. */
  async killall(proxy: ProxyHost): Promise<void> {
    await this.host(proxy).must(['killall', 'haproxy']);
  }

  async holders(): Promise<ProxyHost[]> {
    const found: ProxyHost[] = [];
    for (const proxy of ['h1', 'h2'] as const) {
      if (await this.host(proxy).hasAddress('eth1', `${vip3}/32`)) found.push(proxy);
    }
    return found;
  }

  /** Waits until exactly that host has the address. */
  master(proxy: ProxyHost, withinMs = 10_000): Promise<void> {
    return until(async () => (await this.holders()).join() === proxy, withinMs, `${proxy} alone with the address`);
  }

  async status(proxy: ProxyHost): Promise<StatusReport['instances'][number]> {
    const { status, stdout, stderr } = await this.host(proxy).directorctl(['status', '--json']);
    if (status !== 0) throw new Error(`directorctl status ended with ${status}: ${stderr}`);
    return (JSON.parse(stdout) as StatusReport).instances[0] as StatusReport['instances'][number];
  }

  async state(proxy: ProxyHost): Promise<string> {
    return this.status(proxy).then(
      ({ state }) => state,
      () => 'not there',
    );
  }

  /**
   * `killall haproxy` where the address is.
   * @returns ms from then to the other host's first gratuitous ARP, and how much of it was the wait for the script.
   */
  async moves(from: ProxyHost): Promise<{ readonly tookMs: number; readonly scriptMs: number }> {
    const capture = await this.client.tcpdump('eth1', 'proto 112 or arp');
    try {
      await capture.waitFor((p) => p.ip?.source === ADDRESS[from], `advert of ${from}`, 5_000);
      // The stamps of the capture and Date.now() are both CLOCK_REALTIME.
      const killed = Date.now() * 1000;
      await this.killall(from);
      const zero = await capture.waitFor(resigned(from), 'priority 0', 10_000, killed);
      const arp = await capture.waitFor(announced, 'gratuitous ARP', 10_000, zero.at);
      await this.master(other(from));
      return { tookMs: (arp.at - killed) / 1000, scriptMs: (zero.at - killed) / 1000 };
    } finally {
      await capture.stop();
    }
  }

  /** For so long nobody resigns, no other announces, and all adverts are of `holder`. */
  async nothingMoves(holder: ProxyHost, ms: number, meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    const capture: Capture = await this.client.tcpdump('eth1', 'proto 112 or arp');
    await meanwhile();
    await pause(ms);
    const packets = await capture.stop();
    const speakers = new Set(packets.filter((p) => p.vrrp !== undefined).map((p) => p.ip?.source));
    // The holder itself announces again, some seconds after it took over and once a minute.
    const own = packets.find((p) => p.vrrp !== undefined && p.ip?.source === ADDRESS[holder])?.from;
    const odd = packets.filter((p) => (announced(p) && p.from !== own) || p.vrrp?.priority === 0);
    if ([...speakers].join() !== ADDRESS[holder] || odd.length > 0 || (await this.holders()).join() !== holder) {
      const said = odd.map((p) =>
        p.arp === undefined ? `priority 0 of ${p.ip?.source}` : `gratuitous ARP of ${p.from}`,
      );
      const told =
        this.lab
          .logs()
          .match(/VI_1 is in fault[^"\n]*/g)
          ?.at(-1) ?? 'no fault';
      throw new Error(`it moved: adverts of ${[...speakers].join(', ')}; ${said.join(', ')}; ${told}`);
    }
  }

  async #listens(proxy: ProxyHost): Promise<boolean> {
    return (await this.host(proxy).must(['ss', '-Hltn', 'sport', '=', ':80'])).includes(vip3);
  }
}
