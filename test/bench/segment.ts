import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Packet, PcapReader } from '../lab/packet.js';
import { run, runAside, type Scope, type Started } from './scope.js';

/** The hosts' own addresses, as in scenario 1: the master's first. */
export const HOSTS = ['172.28.128.60', '172.28.128.90'] as const;
export const VIP = '172.28.128.200';

/** Where the hosts of a segment are plugged in; one namespace for all segments. */
export function makeSwitch(scope: Scope): string {
  return scope.namespace('switch');
}

/** One network of its own: hosts on a bridge, each with `eth1`, and a witness at the last host's port. */
export class Segment {
  /** What passed the last host's port, in the kernel's order and with the kernel's stamps. */
  readonly packets: Packet[] = [];
  readonly namespaces: readonly string[];
  readonly #switch: string;
  readonly #name: string;
  #wake: (() => void)[] = [];

  private constructor(name: string, network: string, namespaces: readonly string[]) {
    this.#name = name;
    this.#switch = network;
    this.namespaces = namespaces;
  }

  /** @param name at most 8 letters @returns once the witness listens */
  static async make(scope: Scope, network: string, name: string, hosts: 1 | 2, witness = true): Promise<Segment> {
    const namespaces = HOSTS.slice(0, hosts).map((_, i) => scope.namespace(`${name}-${i + 1}`));
    const segment = new Segment(name, network, namespaces);
    const bridge = ['type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0'];
    run('ip', '-n', network, 'link', 'add', name, ...bridge);
    run('ip', '-n', network, 'link', 'set', name, 'up');
    namespaces.forEach((host, i) => {
      const port = segment.#port(i);
      const peer = ['peer', 'name', 'eth1', 'netns', host, 'address', hardwareOf(i)];
      run('ip', '-n', network, 'link', 'add', port, 'type', 'veth', ...peer);
      run('ip', '-n', network, 'link', 'set', port, 'master', name, 'up');
      run('ip', '-n', host, 'address', 'add', `${HOSTS[i]}/24`, 'dev', 'eth1');
      run('ip', '-n', host, 'link', 'set', 'eth1', 'up');
    });
    if (witness) await segment.#listen(scope, segment.#port(hosts - 1));
    return segment;
  }

  /** Cuts the first host's cable (its carrier goes), or mends it. */
  async cable(state: 'cut' | 'whole'): Promise<void> {
    await runAside('ip', '-n', this.#switch, 'link', 'set', this.#port(0), state === 'cut' ? 'down' : 'up');
  }

  /** The first packet at or after `since` (µs) that is wanted; waits for it. @throws when it does not come in time. */
  async seen(wanted: (packet: Packet) => boolean, what: string, since: number, withinMs: number): Promise<Packet> {
    const until = Date.now() + withinMs;
    for (;;) {
      const from = this.#firstSince(since);
      const found = this.packets.slice(from).find(wanted);
      if (found !== undefined) return found;
      const left = until - Date.now();
      if (left <= 0) throw new Error(`${this.#name}: no ${what} within ${withinMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  #firstSince(since: number): number {
    let at = this.packets.length;
    while (at > 0 && (this.packets[at - 1]?.at ?? 0) >= since) at -= 1;
    return at;
  }

  #port(host: number): string {
    return `${this.#name}-p${host + 1}`;
  }

  /** Writes the first host's adverts to a file until `stop`: for more than a witness can tell of while it listens. */
  async record(scope: Scope): Promise<{ stop(): Promise<Packet[]> }> {
    const file = join(scope.folder, `${this.#name}.pcap`);
    const filter = `proto 112 and src ${HOSTS[0]}`;
    const how = ['-n', '-s', '128', '-B', '8192', '-Z', 'root', '-w', file, filter];
    const tcpdump = scope.start(this.#switch, ['tcpdump', '-i', this.#port(0), ...how], 'pipe');
    await listening(tcpdump, this.#port(0));
    return {
      stop: async () => {
        tcpdump.child.kill('SIGTERM');
        await tcpdump.ended;
        const packets: Packet[] = [];
        new PcapReader((packet) => packets.push(packet)).push(readFileSync(file));
        return packets;
      },
    };
  }

  async #listen(scope: Scope, port: string): Promise<void> {
    const how = ['-n', '-s', '256', '-U', '-Z', 'root', '-w', '-'];
    const tcpdump = scope.start(this.#switch, ['tcpdump', '-i', port, ...how, 'arp or proto 112'], 'pipe');
    const reader = new PcapReader((packet) => {
      this.packets.push(packet);
      for (const wake of this.#wake.splice(0)) wake();
    });
    tcpdump.child.stdout?.on('data', (chunk: Buffer) => reader.push(chunk));
    await listening(tcpdump, port);
  }
}

/** Resolves when it captures. */
async function listening(tcpdump: Started, port: string): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    void tcpdump.ended.then(() => reject(new Error(`tcpdump on ${port} ended: ${said}`)));
    tcpdump.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('listening on')) resolve();
    });
  });
}

/** The hardware address of the nth host's eth1. */
export const hardwareOf = (host: number): string => `02:00:00:00:00:0${host + 1}`;

/** An advert of one host with that priority. */
export const isAdvert = (host: number, priority: number) => (packet: Packet) =>
  packet.vrrp !== undefined && packet.ip?.source === HOSTS[host] && packet.vrrp.priority === priority;

/** A gratuitous ARP by which one host claims the virtual address. */
export const isClaim = (host: number) => (packet: Packet) =>
  packet.arp?.gratuitous === true && packet.arp.sender === VIP && packet.arp.senderHardware === hardwareOf(host);
