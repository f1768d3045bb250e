import type { SyncChange, SyncDaemon } from '../core/vrrp/sync-role.js';
import type { Failure } from '../values/failure.js';

/** The kernel's connection-sync daemons of this network namespace, the router's to start and stop. */
export interface SyncDaemons {
  /** Those that run, one a role at most. No IPVS in the kernel: a Failure with code `no-ipvs`, which says how to load it. */
  list(): Promise<readonly SyncDaemon[] | Failure>;
  /**
   * Carries out one change. To stop a role that does not run is done already.
   * @returns null, or why not: ENODEV there is no such interface, EEXIST a daemon of that role runs.
   */
  apply(change: SyncChange): Promise<Failure | null>;
}
