import type { Ip } from '../../values/ip.js';

/** The two roles of the kernel's connection-sync daemon: a master tells its connections, a backup takes them in. */
export type SyncRole = 'master' | 'backup';

/** What a sync daemon runs with; from the configuration, but for `role`. */
export interface SyncSettings {
  readonly interface: string;
  /** 0 to 255: a backup takes only what was sent with its own id, or everything where that is 0. */
  readonly id: number;
  /** A multicast address. */
  readonly group: Ip;
  /** UDP. */
  readonly port: number;
  readonly ttl: number;
  /** Bytes of a sync message; null leaves it to the kernel. */
  readonly maxlen: number | null;
}

/** A sync daemon, wanted or as it runs in the kernel. */
export interface SyncDaemon extends SyncSettings {
  readonly role: SyncRole;
}

/** One change of the kernel's sync daemons. */
export type SyncChange =
  | { readonly kind: 'stop'; readonly role: SyncRole }
  | { readonly kind: 'start'; readonly daemon: SyncDaemon };

/**
 * Which daemon runs in a state. As in keepalived: who is not master listens, in fault too, so that a host that is well again
 * knows the connections; and one that begins is no master yet.
 */
export const roleIn = (state: 'init' | 'backup' | 'master' | 'fault'): SyncRole =>
  state === 'master' ? 'master' : 'backup';

/**
 * What leads from the daemons that run to the one that is wanted; null when none is. One that runs as wanted stays:
 * after a restart of ours it has not missed anything. What has to go goes first, because a role cannot be started twice.
 */
export function planSync(running: readonly SyncDaemon[], wanted: SyncDaemon | null): SyncChange[] {
  const stays = wanted !== null && running.some((daemon) => same(daemon, wanted));
  const stops = running
    .filter((daemon) => wanted === null || daemon.role !== wanted.role || !stays)
    .map(({ role }): SyncChange => ({ kind: 'stop', role }));
  return wanted === null || stays ? stops : [...stops, { kind: 'start', daemon: wanted }];
}

/** start_sync_thread() in net/netfilter/ipvs/ip_vs_sync.c: a backup's buffer is no smaller. */
const BACKUP_MAXLEN = 1024;

function same(daemon: SyncDaemon, wanted: SyncDaemon): boolean {
  const least = wanted.role === 'backup' ? BACKUP_MAXLEN : 1;
  return (
    daemon.role === wanted.role &&
    daemon.interface === wanted.interface &&
    daemon.id === wanted.id &&
    daemon.group === wanted.group &&
    daemon.port === wanted.port &&
    daemon.ttl === wanted.ttl &&
    (wanted.maxlen === null || daemon.maxlen === Math.max(wanted.maxlen, least))
  );
}
