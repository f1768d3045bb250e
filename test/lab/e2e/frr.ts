import type { Host, LabProcess } from '../lab.js';
import { until } from './pair.js';

/** What FRR's vrrpd tells of its one virtual router (`show vrrp json`). */
export interface FrrStatus {
  /** Initialize, Backup, Master */
  readonly status: string;
  readonly sent: number;
  readonly received: number;
  readonly masterDownMs: number;
}

export interface FrrSettings {
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly intervalMs: number;
  /** Without prefix. */
  readonly address: string;
}

/** The part of `show vrrp json` that is read here. */
interface Shown {
  readonly v4?: {
    readonly status: string;
    readonly stats?: { readonly adverTx: number; readonly adverRx: number };
    readonly masterDownInterval?: number;
  };
}

/**
 * Debian's FRR in a host: zebra, vrrpd, and the macvlan device with the virtual router's MAC that vrrpd wants to find, where it
 * is to carry the address. vrrpd takes the device down while it is backup (protodown) and up as master.
 */
export class Frr {
  readonly #host: Host;
  vrrpd: LabProcess | null = null;

  private constructor(host: Host) {
    this.#host = host;
  }

  static async start(host: Host, settings: FrrSettings): Promise<Frr> {
    const frr = new Frr(host);
    const { virtualRouterId: id, address, priority, intervalMs } = settings;
    const device = `vrrp4-${id}`;
    const conf = [
      'debug vrrp packets',
      'debug vrrp protocol',
      'interface eth1',
      ` vrrp ${id} version 3`,
      ` vrrp ${id} priority ${priority}`,
      ` vrrp ${id} advertisement-interval ${intervalMs}`,
      ` vrrp ${id} ip ${address}`,
    ];
    const prepare = [
      `ip link add ${device} link eth1 type macvlan mode bridge`,
      `ip link set ${device} address 00:00:5e:00:01:${id.toString(16).padStart(2, '0')}`,
      `ip addr add ${address}/24 dev ${device}`,
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
    const v4 = shown?.v4;
    if (v4 === undefined) return null;
    return {
      status: v4.status,
      sent: v4.stats?.adverTx ?? 0,
      received: v4.stats?.adverRx ?? 0,
      masterDownMs: v4.masterDownInterval ?? 0,
    };
  }
}
