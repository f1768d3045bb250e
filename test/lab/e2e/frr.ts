import type { Host, LabProcess } from '../lab.js';
import { until } from './pair.js';

/** What FRR's vrrpd tells of its one virtual router (`show vrrp json`). */
export interface FrrStatus {
  /** Initialize, Backup, Master */
  readonly status: string;
  readonly received: number;
}

export interface FrrSettings {
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly intervalMs: number;
  /** With their prefixes, all of one family. */
  readonly addresses: readonly string[];
}

type Family = 'v4' | 'v6';

/** The part of `show vrrp json` that is read here. */
type Shown = {
  readonly [F in Family]?: {
    readonly status: string;
    readonly stats?: { readonly adverTx: number; readonly adverRx: number };
  };
};

/**
 * Debian's FRR in a host: zebra, vrrpd, and the macvlan device with the virtual router's MAC that vrrpd wants to find, where it
 * is to carry the address. vrrpd takes the device down while it is backup (protodown) and up as master.
 */
export class Frr {
  readonly #host: Host;
  readonly #family: Family;
  vrrpd: LabProcess | null = null;

  private constructor(host: Host, family: Family) {
    this.#host = host;
    this.#family = family;
  }

  static async start(host: Host, settings: FrrSettings): Promise<Frr> {
    const { virtualRouterId: id, addresses, priority, intervalMs } = settings;
    const family = addresses[0]?.includes(':') ? 'v6' : 'v4';
    const frr = new Frr(host, family);
    const device = `vrrp${family}-${id}`;
    const conf = [
      'debug vrrp packets',
      'debug vrrp protocol',
      'interface eth1',
      ` vrrp ${id} version 3`,
      ` vrrp ${id} priority ${priority}`,
      ` vrrp ${id} advertisement-interval ${intervalMs}`,
      ...addresses.map((cidr) => ` vrrp ${id} ${family === 'v6' ? 'ipv6' : 'ip'} ${cidr.split('/')[0]}`),
    ];
    const prepare = [
      `ip link add ${device} link eth1 type macvlan mode bridge`,
      `ip link set ${device} address 00:00:5e:00:${family === 'v6' ? '02' : '01'}:${id.toString(16).padStart(2, '0')}`,
      ...addresses.map((cidr) => `ip addr add ${cidr} dev ${device}${family === 'v6' ? ' nodad' : ''}`),
      `ip link set ${device} up`,
      'install -d -o frr -g frr /run/frr',
      `printf '%s\\n' ${conf.map((line) => `'${line}'`).join(' ')} >/run/frr/vrrpd.conf`,
      ': >/run/frr/zebra.conf',
      'chown frr:frr /run/frr/*.conf',
    ];
    await host.must(['sh', '-ec', prepare.join('\n')]);
    await host.start(['/usr/lib/frr/zebra', '-f', '/run/frr/zebra.conf', '--log', 'stdout'], { name: 'zebra' });
    await until(async () => (await host.exec(['test', '-S', '/run/frr/zserv.api'])).status === 0, 10_000, 'zebra');
    await frr.again();
    return frr;
  }

  /** Starts vrrpd, where it is stopped. */
  async again(): Promise<void> {
    const command = ['/usr/lib/frr/vrrpd', '-f', '/run/frr/vrrpd.conf', '--log', 'stdout'];
    this.vrrpd = await this.#host.start(command, { name: 'vrrpd' });
    await until(async () => (await this.status()) !== null, 10_000, 'vrrpd');
  }

  /** Ends vrrpd by SIGTERM. */
  async stop(): Promise<void> {
    this.vrrpd?.kill('SIGTERM');
    await this.vrrpd?.exited;
  }

  async status(): Promise<FrrStatus | null> {
    const { status, stdout } = await this.#host.exec(['vtysh', '-d', 'vrrpd', '-c', 'show vrrp json']);
    const [shown] = status === 0 && stdout.trim().startsWith('[') ? (JSON.parse(stdout) as Shown[]) : [];
    const ours = shown?.[this.#family];
    return ours === undefined ? null : { status: ours.status, received: ours.stats?.adverRx ?? 0 };
  }
}
