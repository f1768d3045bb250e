import { Changes } from './changes.js';
import { type Packet, PcapReader } from './packet.js';
import { patience } from './patience.js';
import type { LabProcess, StartOptions } from './process.js';

/** What an interface of a host sees, while it runs. */
export class Capture {
  /** All that came so far. */
  readonly packets: Packet[];
  readonly #changes: Changes;
  readonly #tcpdump: LabProcess;

  private constructor(packets: Packet[], changes: Changes, tcpdump: LabProcess) {
    this.packets = packets;
    this.#changes = changes;
    this.#tcpdump = tcpdump;
  }

  /** @param start starts a command in the host @param filter as tcpdump takes it @returns once tcpdump listens */
  static async start(
    start: (command: string[], options: StartOptions) => Promise<LabProcess>,
    iface: string,
    filter: string,
  ): Promise<Capture> {
    const packets: Packet[] = [];
    const changes = new Changes();
    const reader = new PcapReader((packet) => {
      packets.push(packet);
      changes.wake();
    });
    // --immediate-mode: each packet at once; -Z root: no change of user, which namespaces may refuse.
    const how = ['-n', '-s', '2048', '-B', '16384', '-U', '--immediate-mode', '-Z', 'root', '-w', '-'];
    const tcpdump = await start(['tcpdump', '-i', iface, ...how, filter], { bytes: (chunk) => reader.push(chunk) });
    await tcpdump.waitForLine(/listening on/);
    return new Capture(packets, changes, tcpdump);
  }

  /**
   * Waits for a packet, also an earlier one, from `since` (µs) on, which takes `usualMs` at most where nothing else runs.
   * @throws when none came.
   */
  async waitFor(wanted: (packet: Packet) => boolean, what: string, usualMs = 10_000, since = 0): Promise<Packet> {
    const withinMs = patience(usualMs);
    const look = (): Packet | undefined => this.packets.find((packet) => packet.at >= since && wanted(packet));
    const found = await this.#changes.waitFor(look, withinMs, () => !this.#tcpdump.running);
    if (found === null) {
      throw new Error(`no ${what} seen within ${withinMs} ms, among ${this.packets.length} packets`);
    }
    return found;
  }

  /** Ends it. @returns all packets. */
  async stop(): Promise<readonly Packet[]> {
    await this.#tcpdump.end('SIGTERM');
    return this.packets;
  }
}
