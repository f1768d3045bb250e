import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Capture, Lab, type LabProcess, type Packet } from '../lab.js';
import { pause, type Speaker, until, type Which } from './pair.js';

export const PRIORITY: Readonly<Record<Which, number>> = { d1: 100, d2: 50 };
/** Processes that wait for each other on a busy machine of two cores. */
const MARGIN_MS = 400;
/** A master that meets a better one may have sent once more. */
const HANDOVER_US = 50_000;

/** How a pair of directors is set up, and what clients ping. */
export interface Setting {
  /** Short. */
  readonly name: string;
  readonly intervalMs: number;
  readonly version: 2 | 3;
  readonly hosts: Readonly<Record<Which | 'client', readonly string[]>>;
  /** Virtual addresses with their prefixes. */
  readonly addresses: readonly string[];
  readonly yaml: (which: Which) => string;
  readonly conf: (which: Which) => string;
  /** Where all adverts are seen: on any host where they are multicast, else on one of both. */
  readonly witness: Which | 'client';
}

/** Skew and Master_Down_Interval in ms (RFC 3768 §6.1, RFC 9568 §6.1), computed apart from directord's own code. */
const skew = ({ version, intervalMs }: Setting): number =>
  ((256 - PRIORITY.d2) / 256) * (version === 2 ? 1000 : intervalMs);
const masterDown = (setting: Setting): number => 3 * setting.intervalMs + skew(setting);

/** Two directors that hand virtual addresses to and fro, in a lab, with all that a witness has seen. */
export class Moves {
  readonly lab: Lab;
  readonly #setting: Setting;
  readonly #speakers: Readonly<Record<Which, Speaker>>;
  readonly #capture: Capture;
  readonly #macs: Readonly<Record<Which, string>>;
  #d1: LabProcess | null = null;

  private constructor(
    lab: Lab,
    setting: Setting,
    speakers: Readonly<Record<Which, Speaker>>,
    capture: Capture,
    macs: Readonly<Record<Which, string>>,
  ) {
    this.lab = lab;
    this.#setting = setting;
    this.#speakers = speakers;
    this.#capture = capture;
    this.#macs = macs;
  }

  /** Hosts and witness, nobody speaking yet. */
  static async up(setting: Setting, d1: Speaker, d2: Speaker): Promise<Moves> {
    const hosts = Object.fromEntries(Object.entries(setting.hosts).map(([name, eth1]) => [name, { eth1: [...eth1] }]));
    const lab = await Lab.up({ name: setting.name, hosts });
    try {
      // keepalived does not wait for its addresses: until they are known to be nobody else's, its adverts fail.
      for (const name of Object.keys(setting.hosts)) {
        const tentative = ['ip', '-6', 'address', 'show', 'dev', 'eth1', 'tentative'];
        await until(async () => (await lab.host(name).must(tentative)) === '', 20_000, `addresses of ${name}`);
      }
      const capture = await lab.host(setting.witness).tcpdump('eth1');
      const mac = async (which: Which) => (await lab.host(which).must(['cat', '/sys/class/net/eth1/address'])).trim();
      return new Moves(lab, setting, { d1, d2 }, capture, { d1: await mac('d1'), d2: await mac('d2') });
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /** The whole story: priorities decide; d1 stops, and comes back; d1 is killed, and comes back. */
  async play(): Promise<void> {
    this.#d1 = await this.#start('d1');
    await this.#start('d2');
    await this.#alone('d1');
    await this.#answered();
    for (const how of ['SIGTERM', 'SIGKILL'] as const) {
      await this.#takenOver(how);
      await this.#givenBack();
    }
    this.#tsharkFindsNothing();
  }

  /** @returns once it listens, and where it is directord, once the other process could take its addresses away. */
  async #start(which: Which): Promise<LabProcess> {
    const host = this.lab.host(which);
    if (this.#speakers[which] === 'keepalived') {
      const keepalived = await host.keepalived(this.#setting.conf(which));
      await keepalived.waitForLine(/Entering BACKUP STATE/);
      return keepalived;
    }
    const directord = await host.directord(this.#setting.yaml(which));
    await directord.waitForLine(/ is backup"/);
    await directord.waitForLine(/director process is ready/);
    return directord;
  }

  async #alone(which: Which): Promise<void> {
    const other = which === 'd1' ? 'd2' : 'd1';
    const count = async (host: Which): Promise<number> => {
      const has = new Set((await this.lab.host(host).addresses('eth1')).map((a) => a.cidr));
      return this.#setting.addresses.filter((a) => has.has(a)).length;
    };
    const all = this.#setting.addresses.length;
    await until(async () => (await count(which)) === all && (await count(other)) === 0, 20_000, `${which} alone`);
  }

  /** A client's pings to each address are answered: by whoever holds it now. */
  async #answered(): Promise<void> {
    for (const cidr of this.#setting.addresses) {
      const [address = ''] = cidr.split('/');
      const to = address.startsWith('fe80') ? `${address}%eth1` : address;
      const ping = ['ping', '-c', '1', '-W', '1', '-n', to];
      const ask = async () => (await this.lab.host('client').exec(ping)).status === 0;
      await until(ask, 3_000, `an answer of ${to}`);
    }
  }

  #from(which: Which): (p: Packet) => boolean {
    return (p) => p.vrrp !== undefined && p.from === this.#macs[which];
  }

  async #takenOver(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const setting = this.#setting;
    const settled = this.#capture.packets.at(-1)?.at ?? 0;
    await pause(5 * setting.intervalMs);
    expect(this.#capture.packets.filter((p) => p.at > settled && this.#from('d2')(p))).toEqual([]);
    const before = this.#capture.packets.at(-1)?.at ?? 0;
    await this.#end(how);
    const first = await this.#capture.waitFor(this.#from('d2'), 'advert of d2', 10_000, before);
    const said = this.#capture.packets.filter((p) => p.at < first.at && this.#from('d1')(p)).at(-1);
    const resigned = said?.vrrp?.priority === 0;
    expect(resigned).toBe(how === 'SIGTERM');
    const took = (first.at - (said?.at ?? 0)) / 1000;
    const limit = resigned ? skew(setting) : masterDown(setting);
    expect(took).toBeGreaterThan(limit - 2);
    expect(took).toBeLessThan(limit + MARGIN_MS);
    await this.#alone('d2');
    await this.#answered();
  }

  async #givenBack(): Promise<void> {
    // keepalived refuses to start beside one that is still on its way out.
    await this.#d1?.exited;
    const before = this.#capture.packets.at(-1)?.at ?? 0;
    this.#d1 = await this.#start('d1');
    const mine = (p: Packet) => this.#from('d1')(p) && p.vrrp?.priority === PRIORITY.d1;
    const back = await this.#capture.waitFor(mine, 'd1 again', 15_000, before);
    await this.#alone('d1');
    await this.#answered();
    const late = (p: Packet) => p.at > back.at + HANDOVER_US && this.#from('d2')(p) && p.vrrp?.priority !== 0;
    expect(this.#capture.packets.filter(late)).toEqual([]);
  }

  async #end(how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const d1 = this.lab.host('d1');
    if (how === 'SIGTERM' || this.#speakers.d1 === 'directord') {
      this.#d1?.kill(how);
      return;
    }
    // Its child, which would resign for it, first; and nobody takes the addresses of a killed keepalived away.
    const pids = (await d1.must(['pgrep', '-x', 'keepalived'])).trim().split('\n').reverse();
    await d1.must(['kill', '-KILL', ...pids]);
    for (const cidr of this.#setting.addresses) await d1.must(['ip', 'address', 'delete', cidr, 'dev', 'eth1']);
  }

  /** Everything that directord said: no warning, nothing malformed. That an address moves is no news to us. */
  #tsharkFindsNothing(): void {
    const ours = (['d1', 'd2'] as const).filter((which) => this.#speakers[which] === 'directord');
    const macs = ours.map((which) => this.#macs[which]);
    const said = this.#capture.packets.filter(
      (p) => macs.includes(p.from) && (p.vrrp !== undefined || p.arp?.gratuitous === true || advertisement(p)),
    );
    expect(said.some((p) => p.vrrp !== undefined)).toBe(true);
    expect(said.some((p) => p.vrrp === undefined)).toBe(true);
    const file = join(this.lab.host(this.#setting.witness).dir, 'said.pcap');
    writeFileSync(file, pcap(said));
    const odd = '(_ws.expert || _ws.malformed) && !arp.duplicate-address-detected';
    const show = ['-T', 'fields', '-e', 'frame.number', '-e', '_ws.expert.message', '-e', 'vrrp.checksum.status'];
    const run = (filter: string): string =>
      execFileSync('tshark', ['-r', file, '-o', 'ip.check_checksum:TRUE', '-Y', filter, ...show], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(run(odd)).toBe('');
    expect(run('vrrp && !(vrrp.checksum.status == 1)')).toBe('');
  }
}

/** An unsolicited neighbour advertisement: ICMPv6 type 136 to all nodes. */
const advertisement = (p: Packet): boolean =>
  p.ip?.version === 6 && p.ip.protocol === 58 && p.ip.payload[0] === 136 && p.to === '33:33:00:00:00:01';

/** A capture file: little-endian, µs, Ethernet. */
function pcap(packets: readonly Packet[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  const records = packets.map(({ at, bytes }) => {
    const head = Buffer.alloc(16);
    head.writeUInt32LE(Math.floor(at / 1_000_000), 0);
    head.writeUInt32LE(at % 1_000_000, 4);
    head.writeUInt32LE(bytes.length, 8);
    head.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([header, ...records]);
}
