import { expect } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { type Host, Lab, type LabProcess } from '../lab.js';
import { type Speaker, until, type Which } from './pair.js';

export const INTERVAL_MS = 100;
/** Processes that wait for each other on a busy machine of two cores. */
export const MARGIN_MS = 400;
/** RFC 9568 §6.1 in ms, for the lower of both priorities, computed apart from directord's own code. */
export const SKEW_MS = ((256 - 50) * INTERVAL_MS) / 256;
export const DOWN_MS = 3 * INTERVAL_MS + SKEW_MS;

const SIDES = [
  { instance: 'VI_1', iface: 'eth1', vrid: 51, vip: '10.1.0.200' },
  { instance: 'VI_2', iface: 'eth2', vrid: 52, vip: '10.2.0.200' },
] as const;

/** Priorities on the first and on the second segment. */
export type Priorities = Readonly<Record<Which, readonly [number, number]>>;

const yaml = ([first, second]: readonly [number, number]): string => `
vrrp:
  instances:
${SIDES.map(
  ({ instance, iface, vrid, vip }, i) => `    - name: ${instance}
      version: 3
      interface: ${iface}
      virtual_router_id: ${vrid}
      priority: ${[first, second][i]}
      advert_int: ${INTERVAL_MS}ms
      virtual_addresses: [${vip}/24]
`,
).join('')}  sync_groups:
    - { name: VG_1, instances: [VI_1, VI_2] }
`;

const conf = ([first, second]: readonly [number, number]): string => `
global_defs {
  vrrp_version 3
}
vrrp_sync_group VG_1 {
  group {
    VI_1
    VI_2
  }
}
${SIDES.map(
  ({ instance, iface, vrid, vip }, i) => `vrrp_instance ${instance} {
  state BACKUP
  interface ${iface}
  virtual_router_id ${vrid}
  priority ${[first, second][i]}
  advert_int ${INTERVAL_MS / 1000}
  virtual_ipaddress {
    ${vip}/24
  }
}
`,
).join('')}`;

/** One change of a virtual address, as the host's kernel told it. */
interface Change {
  /** ms */
  readonly at: number;
  readonly vip: string;
  readonly added: boolean;
}

const CHANGE = /^\[(\S+)\] (Deleted )?\d+: eth\d\s+inet (\S+?)\/24 /;

/** Every change of the virtual addresses on a host. */
class Holdings {
  readonly #monitor: LabProcess;

  private constructor(monitor: LabProcess) {
    this.#monitor = monitor;
  }

  /** @returns once it listens. */
  static async of(host: Host): Promise<Holdings> {
    const monitor = await host.start(['ip', '-o', '-ts', '-4', 'monitor', 'address'], { name: 'addresses' });
    // It says nothing when it is ready, so an address of no meaning is put to and fro until it tells of that.
    await until(
      async () => {
        await host.must(['ip', 'address', 'add', '127.9.9.9/32', 'dev', 'lo']);
        await host.must(['ip', 'address', 'delete', '127.9.9.9/32', 'dev', 'lo']);
        return monitor.stdout.includes('127.9.9.9');
      },
      5_000,
      'ip monitor to listen',
    );
    return new Holdings(monitor);
  }

  get changes(): readonly Change[] {
    const vips: readonly string[] = SIDES.map(({ vip }) => vip);
    return this.#monitor.stdout.split('\n').flatMap((line) => {
      const [, at = '', deleted, vip = ''] = CHANGE.exec(line) ?? [];
      return vips.includes(vip) ? [{ at: Date.parse(at), vip, added: deleted === undefined }] : [];
    });
  }

  /** The longest time in ms for which it had one of both. */
  get longestSplit(): number {
    const has = new Set<string>();
    let longest = 0;
    let since: number | null = null;
    for (const { at, vip, added } of this.changes) {
      if (since !== null) longest = Math.max(longest, at - since);
      if (added) has.add(vip);
      else has.delete(vip);
      since = has.size === 1 ? at : null;
    }
    return since === null ? longest : Number.POSITIVE_INFINITY;
  }
}

/** Two routers on two segments, whose virtual addresses belong together. */
export class GroupPair {
  readonly lab: Lab;
  readonly #speakers: Readonly<Record<Which, Speaker>>;
  readonly #priorities: Priorities;
  readonly #holdings: Readonly<Record<Which, Holdings>>;

  private constructor(
    lab: Lab,
    speakers: Readonly<Record<Which, Speaker>>,
    priorities: Priorities,
    holdings: Readonly<Record<Which, Holdings>>,
  ) {
    this.lab = lab;
    this.#speakers = speakers;
    this.#priorities = priorities;
    this.#holdings = holdings;
  }

  static async up(name: string, d1: Speaker, d2: Speaker, priorities: Priorities): Promise<GroupPair> {
    const on = (n: number) => ({ eth1: `10.1.0.${n}/24`, eth2: `10.2.0.${n}/24` });
    const lab = await Lab.up({ name, hosts: { d1: on(60), d2: on(90), client: on(10) } });
    try {
      const holdings = { d1: await Holdings.of(lab.host('d1')), d2: await Holdings.of(lab.host('d2')) };
      return new GroupPair(lab, { d1, d2 }, priorities, holdings);
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  /** @returns once it listens, and where it is directord, once the other process could take its addresses away. */
  async start(which: Which): Promise<LabProcess> {
    const host = this.lab.host(which);
    if (this.#speakers[which] === 'keepalived') {
      const keepalived = await host.keepalived(conf(this.#priorities[which]));
      await keepalived.waitForLine(/VI_2\) Entering BACKUP STATE/);
      return keepalived;
    }
    const directord = await host.directord(yaml(this.#priorities[which]));
    await directord.waitForLine(/VI_2 is backup"/);
    await directord.waitForLine(/director process is ready/);
    return directord;
  }

  async #count(which: Which): Promise<number> {
    const host = this.lab.host(which);
    const has = await Promise.all(SIDES.map(({ iface, vip }) => host.hasAddress(iface, `${vip}/24`)));
    return has.filter((each) => each).length;
  }

  /** Waits until that one has both addresses and the other none. */
  async alone(which: Which): Promise<void> {
    const other = which === 'd1' ? 'd2' : 'd1';
    await until(
      async () => (await this.#count(which)) === 2 && (await this.#count(other)) === 0,
      20_000,
      `both addresses on ${which} alone`,
    );
  }

  /** How long after `since` (ms since 1970) that host had got both, in ms. */
  async gotBoth(which: Which, since: number): Promise<number> {
    const got = () => this.#holdings[which].changes.filter(({ added, at }) => added && at >= since);
    await until(() => got().length >= 2, 2_000, `both additions on ${which}`);
    return Math.max(...got().map(({ at }) => at)) - since;
  }

  /** Waits until one host has both addresses and the other none. */
  async either(): Promise<void> {
    const shares = async () => (await Promise.all([this.#count('d1'), this.#count('d2')])).sort().join();
    await until(async () => (await shares()) === '0,2', 20_000, 'both addresses on one host alone');
  }

  /** How often a virtual address came or went on either host. */
  get changes(): number {
    return this.#holdings.d1.changes.length + this.#holdings.d2.changes.length;
  }

  /** Neither host had one of both for longer than the network may take to find out that the other is gone. */
  neverSplit(): void {
    for (const which of ['d1', 'd2'] as const) {
      expect(this.#holdings[which].longestSplit, `one of two on ${which}`).toBeLessThan(DOWN_MS + MARGIN_MS);
    }
  }

  /** Each instance as status has it; null where keepalived speaks. */
  async states(which: Which): Promise<string | null> {
    if (this.#speakers[which] === 'keepalived') return null;
    const { stdout } = await this.lab.host(which).directorctl(['status', '--json']);
    const { instances } = JSON.parse(stdout) as StatusReport;
    return instances.map((i) => `${i.name} of ${i.group} ${i.state}: ${i.reasons.join()}`).join('; ');
  }
}
