import { createHash } from 'node:crypto';
import { Anchor } from './anchor.js';
import { LabProcess } from './process.js';
import type { Cable } from './topology.js';

/** The bridge of a segment; part 0 is the segment itself, the others exist while it is partitioned. */
const bridge = (segment: string, part = 0): string => `b${part}-${segment}`;

/** A host's card is the same after a crash: its hardware address comes from its name. */
const hardware = (port: string): string =>
  [
    '02',
    ...[...createHash('sha256').update(port).digest().subarray(0, 5)].map((b) => b.toString(16).padStart(2, '0')),
  ].join(':');

/** Where all cables end: namespaces of its own, with a bridge for each segment. */
export class Switch {
  readonly #anchor: Anchor;
  readonly #cables: readonly Cable[];
  #parts = 1;

  private constructor(anchor: Anchor, cables: readonly Cable[]) {
    this.#anchor = anchor;
    this.#cables = cables;
  }

  /** Makes the bridges. @param longName what its process is called @param dir its folder */
  static async start(cables: readonly Cable[], longName: string, dir: string): Promise<Switch> {
    const self = new Switch(await Anchor.start(longName, 'switch', dir), cables);
    await self.#open();
    return self;
  }

  /** Ends it: all cables are gone. */
  kill(): Promise<void> {
    this.#anchor.kill();
    return this.#anchor.gone;
  }

  async #open(): Promise<void> {
    const segments = [...new Set(this.#cables.map(({ segment }) => segment))];
    await this.#must(['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6']);
    await this.#ip(segments.flatMap((segment) => this.#bridgeLines(segment, 0)));
  }

  /** Plugs in hosts that were just started. @param pids host → its process 1 */
  async plug(pids: ReadonlyMap<string, number>): Promise<void> {
    const lines = this.#cables.flatMap(({ host, iface, port, segment }) => {
      const pid = pids.get(host);
      return pid === undefined
        ? []
        : [
            `link add ${port} type veth peer name ${iface} address ${hardware(port)} netns ${pid}`,
            `link set ${port} master ${bridge(segment)} up`,
          ];
    });
    await this.#ip(lines);
  }

  /** Pulls all cables of a host that is dead: at once, while the kernel still tidies up its network. */
  async unplug(host: string): Promise<void> {
    for (const { port } of this.#of(host)) {
      await this.#run(['ip', 'link', 'del', port]);
    }
  }

  /** Takes the carrier from one end of a cable, or gives it back. */
  carrier(host: string, iface: string, on: boolean): Promise<void> {
    return this.#ip(this.#of(host, iface).map(({ port }) => `link set ${port} ${on ? 'up' : 'down'}`));
  }

  /** Splits every segment: hosts hear those of their own group only, and their carrier stays. Hosts in no group stay together. */
  async partition(groups: readonly (readonly string[])[]): Promise<void> {
    const segments = [...new Set(this.#cables.map(({ segment }) => segment))];
    for (; this.#parts <= groups.length; this.#parts += 1) {
      await this.#ip(segments.flatMap((segment) => this.#bridgeLines(segment, this.#parts)));
    }
    const part = (host: string): number => groups.findIndex((group) => group.includes(host)) + 1;
    await this.#ip(
      this.#cables.map(({ host, port, segment }) => `link set ${port} master ${bridge(segment, part(host))}`),
    );
  }

  /** Delay and loss on the way to a host (needs a kernel with netem). */
  async impair(host: string, iface: string, how: { delayMs?: number; lossPercent?: number } | null): Promise<void> {
    for (const { port } of this.#of(host, iface)) {
      const netem = ['netem', 'delay', `${how?.delayMs ?? 0}ms`, 'loss', `${how?.lossPercent ?? 0}%`];
      await (how === null
        ? this.#run(['tc', 'qdisc', 'del', 'dev', port, 'root'])
        : this.#must(['tc', 'qdisc', 'replace', 'dev', port, 'root', ...netem]));
    }
  }

  #of(host: string, iface?: string): Cable[] {
    const found = this.#cables.filter((cable) => cable.host === host && (iface === undefined || cable.iface === iface));
    if (found.length === 0) {
      throw new Error(`no cable ${host}${iface === undefined ? '' : `.${iface}`}`);
    }
    return found;
  }

  #bridgeLines(segment: string, part: number): string[] {
    // Group addresses are flooded as on a plain switch, and a port forwards from its first moment.
    const plain = 'type bridge stp_state 0 forward_delay 0 mcast_snooping 0';
    return [`link add ${bridge(segment, part)} ${plain}`, `link set ${bridge(segment, part)} up`];
  }

  async #ip(lines: readonly string[]): Promise<void> {
    await this.#must(['ip', '-batch', '-'], `${lines.join('\n')}\n`);
  }

  /** By the lab's own process ids: they name the hosts that get a cable. */
  async #run(command: readonly string[], input = ''): Promise<LabProcess> {
    const process = await LabProcess.start(`switch ${command.join(' ')}`, this.#anchor.enterNetwork(command), {
      input,
    });
    await process.exited;
    return process;
  }

  async #must(command: readonly string[], input = ''): Promise<void> {
    const process = await this.#run(command, input);
    const { status } = await process.exited;
    if (status !== 0) {
      throw new Error(`${process.name} ended with ${status}: ${process.output}${input}`);
    }
  }
}
