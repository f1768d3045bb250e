import { noIpvs } from '../core/ipvs/failure.js';
import type { SyncChange, SyncDaemon } from '../core/vrrp/sync-role.js';
import type { SyncDaemons } from '../ports/sync-daemon.js';
import type { Failure } from '../values/failure.js';

/** What the kernel runs with where `maxlen` is not said: an MTU of 1500 without the headers. */
const OF_THE_MTU = 1472;
/** start_sync_thread() in net/netfilter/ipvs/ip_vs_sync.c: a backup's buffer is no smaller. */
const BACKUP_LEAST = 1024;

/** The kernel's sync daemons in memory, with its errors; a test can break them and meddle with them. */
export class SimSyncDaemons implements SyncDaemons {
  /** Those that run; a test may put others here at any time. */
  running: readonly SyncDaemon[] = [];
  /** Every change that was tried, in order: `stop backup`, `start master`. */
  readonly tried: string[] = [];
  /** Interfaces that there are; null for any. */
  interfaces: ReadonlySet<string> | null = null;
  /** false: a kernel without IPVS. */
  present = true;
  /** Comes before each answer: a kernel that takes its time. */
  pause: () => Promise<void> = async () => {};

  async list(): Promise<readonly SyncDaemon[] | Failure> {
    await this.pause();
    return this.present ? this.running : noIpvs('sync.list');
  }

  async apply(change: SyncChange): Promise<Failure | null> {
    await this.pause();
    const role = change.kind === 'start' ? change.daemon.role : change.role;
    this.tried.push(`${change.kind} ${role}`);
    if (!this.present) return noIpvs(`sync.${change.kind}`);
    if (change.kind === 'stop') {
      this.running = this.running.filter((daemon) => daemon.role !== role);
      return null;
    }
    const code = this.#refuses(change.daemon);
    if (code !== null) return { what: 'sync.start', code, detail: `${role} on ${change.daemon.interface}` };
    this.running = [...this.running, { ...change.daemon, maxlen: lengthOf(change.daemon) }];
    return null;
  }

  #refuses(daemon: SyncDaemon): string | null {
    if (this.running.some(({ role }) => role === daemon.role)) return 'EEXIST';
    return this.interfaces === null || this.interfaces.has(daemon.interface) ? null : 'ENODEV';
  }
}

const lengthOf = ({ role, maxlen }: SyncDaemon): number =>
  maxlen === null ? OF_THE_MTU : Math.max(maxlen, role === 'backup' ? BACKUP_LEAST : 1);
