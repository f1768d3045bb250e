import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';

/** Keeps the host from taking packets for addresses that it only stands for (vrrp-checklist 31). */
export interface PacketFilter {
  /**
   * Drops what comes from outside to these addresses, and what IPVS does not take for its services; IPv6's neighbour discovery
   * goes through. In place of what an earlier call or life of ours left.
   */
  install(addresses: readonly Ip[]): Promise<Failure | null>;
  /** Whether what was installed still stands: firewalls begin by removing everything. */
  stands(): Promise<boolean | Failure>;
  remove(): Promise<Failure | null>;
}
