import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Host } from './host.js';
import { type LiveDir, makeLiveDir } from './run/live.js';
import { quote } from './run/quote.js';
import { Switch } from './switch.js';
import { type Cable, cablesOf, loAddresses, type Topology } from './topology.js';

export type { Capture } from './capture.js';
export type { Host, InterfaceAddress } from './host.js';
export type { IpvsServer, IpvsService } from './ipvsadm.js';
export type { Packet } from './packet.js';
export type { Exit, LabProcess, Output } from './process.js';
export type { HostSpec, Topology } from './topology.js';
export type { Outage, Request, Traffic, TrafficReport } from './traffic.js';

const up = new Set<Lab>();
let watching = false;

/** Whatever way this process ends, its labs end first. Their hosts would by themselves; the folders would stay. */
const watchOurEnd = (): void => {
  if (watching) {
    return;
  }
  watching = true;
  const endAll = (): void => {
    for (const lab of up) {
      lab.downNow();
    }
  };
  process.on('exit', endAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const end = (): void => {
      endAll();
      process.off(signal, end);
      if (process.listenerCount(signal) === 0) {
        process.kill(process.pid, signal);
      }
    };
    process.on(signal, end);
  }
};

/** A running lab: hosts in network namespaces of the kernel that this process runs on, joined by cables and switches. */
export class Lab {
  readonly name: string;
  /** The lab's own folder, removed with it. */
  readonly dir: string;
  readonly #topology: Topology;
  readonly #live: LiveDir | null;
  readonly #card: string;
  readonly #cables: readonly Cable[];
  readonly #longName: string;
  #network: Switch | null = null;
  readonly #hosts: ReadonlyMap<string, Host>;

  private constructor(topology: Topology, live: LiveDir | null) {
    this.name = topology.name;
    this.#topology = topology;
    this.#live = live;
    const long = `directord-${topology.name}-${process.pid}`;
    const home = live?.path ?? process.env.LAB_DIR ?? '';
    this.#card = join(home, `${long}.lab.json`);
    this.dir = join(live?.path ?? process.env.LAB_TMP ?? home, long);
    mkdirSync(this.dir, { recursive: true });
    this.#cables = cablesOf(topology);
    const host = (name: string): Host => new Host(name, join(this.dir, name), `${long}-${name}`);
    this.#longName = long;
    this.#hosts = new Map(Object.keys(topology.hosts).map((name) => [name, host(name)]));
  }

  /** Brings a topology up. Needs root (of this machine or of a user namespace). */
  static async up(topology: Topology): Promise<Lab> {
    // Inside `scripts/lab run` the run's folder serves; else the lab makes one, by which `scripts/lab shell` finds it.
    const live = process.env.LAB_DIR === undefined ? await makeLiveDir() : null;
    if (live !== null) {
      writeFileSync(join(live.path, 'run.json'), JSON.stringify({ kind: 'bare', pid: process.pid, up: false }));
    }
    const lab = new Lab(topology, live);
    watchOurEnd();
    up.add(lab);
    try {
      const names = [...lab.#hosts.keys()];
      const network = Switch.start(lab.#cables, `${lab.#longName}-switch`, join(lab.dir, 'switch'));
      [lab.#network] = await Promise.all([network, ...names.map((name) => lab.host(name).power())]);
      await lab.#join(names);
    } catch (error) {
      await lab.down();
      throw error;
    }
    return lab;
  }

  /** @throws when the topology has no such host. */
  host(name: string): Host {
    const found = this.#hosts.get(name);
    if (found === undefined) {
      throw new Error(`lab ${this.name} has no host ${name}, only ${[...this.#hosts.keys()].join(', ')}`);
    }
    return found;
  }

  /** Cuts a cable: the host loses the carrier. */
  cut(host: string, iface: string): Promise<void> {
    return this.#switch.carrier(host, iface, false);
  }

  /** Mends a cut cable. */
  heal(host: string, iface: string): Promise<void> {
    return this.#switch.carrier(host, iface, true);
  }

  /** Splits the network: each group hears itself only, hosts in no group stay together, no carrier is lost. */
  partition(...groups: readonly (readonly string[])[]): Promise<void> {
    return this.#switch.partition(groups);
  }

  /** Ends a partition. */
  reunite(): Promise<void> {
    return this.#switch.partition([]);
  }

  /** Delay and loss on the way to a host; null ends them. Needs a kernel with netem. */
  impair(host: string, iface: string, how: { delayMs?: number; lossPercent?: number } | null): Promise<void> {
    return this.#switch.impair(host, iface, how);
  }

  /** Ends a host as a power failure does: its processes, its network, its links. Its /var/lib/directord stays. */
  async crash(name: string): Promise<void> {
    const gone = this.host(name).unplug();
    await this.#switch.unplug(name);
    await gone;
    this.#register();
  }

  /** Starts a crashed host again: addresses and settings as in the topology, nothing running. */
  async boot(name: string): Promise<void> {
    await this.host(name).power();
    await this.#join([name]);
  }

  /** The last output of everything that was started, for a failed test's message. */
  logs(): string {
    return [...this.#hosts.values()]
      .flatMap((host) => host.started)
      .map((process) => `--- ${process.name}${process.running ? '' : ' (ended)'}\n${process.output.slice(-3000)}`)
      .join('\n');
  }

  /** Ends everything and removes the lab's folder. Twice does no harm. */
  async down(): Promise<void> {
    const network = this.#network;
    this.#network = null;
    await Promise.all([...[...this.#hosts.values()].map((host) => host.unplug()), network?.kill()]);
    this.downNow();
  }

  /** As `down`, without waiting for the processes to be gone. */
  downNow(): void {
    for (const host of this.#hosts.values()) {
      host.unplug();
    }
    this.#network?.kill();
    rmSync(this.dir, { recursive: true, force: true });
    rmSync(this.#card, { force: true });
    this.#live?.remove();
    up.delete(this);
  }

  get #switch(): Switch {
    if (this.#network === null) {
      throw new Error(`lab ${this.name} is down`);
    }
    return this.#network;
  }

  async #join(names: readonly string[]): Promise<void> {
    await this.#switch.plug(new Map(names.map((name) => [name, this.host(name).pid ?? 0])));
    await Promise.all(names.map((name) => this.#settle(name)));
    this.#register();
  }

  /** Settings, addresses and routes of a host whose cables are plugged in. */
  async #settle(name: string): Promise<void> {
    const spec = this.#topology.hosts[name] ?? {};
    const cables = this.#cables.filter(({ host }) => host === name);
    const address = (iface: string, cidr: string): string =>
      `addr add ${cidr} dev ${iface}${cidr.includes(':') ? ' nodad' : cidr.endsWith('/32') ? '' : ' brd +'}`;
    const lines = [
      'link set lo up',
      ...loAddresses(spec).map((cidr) => address('lo', cidr)),
      ...cables.flatMap(({ iface, addresses }) => [
        ...addresses.map((cidr) => address(iface, cidr)),
        `link set ${iface} up`,
      ]),
      ...(spec.routes ?? []).map((route) => `route add ${route}`),
    ];
    const settings = (spec.sysctl ?? []).map((setting) => {
      const [key = '', value = ''] = setting.split('=');
      return `echo ${quote(value.trim())} >/proc/sys/${key.trim().replaceAll('.', '/')} && `;
    });
    await this.host(name).must(['sh', '-c', `${settings.join('')}exec ip -batch -`], `${lines.join('\n')}\n`);
  }

  /** Tells `scripts/lab shell` which hosts there are. */
  #register(): void {
    const hosts = Object.fromEntries([...this.#hosts].map(([name, host]) => [name, host.pid]));
    writeFileSync(this.#card, JSON.stringify({ name: this.name, hosts }));
  }
}
