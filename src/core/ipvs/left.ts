import type { ServiceKey } from './table.js';

/** The counts of a row that matter to a drain. */
export interface Held {
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
}

/**
 * Whether the kernel knows when a connection of this service is over. It calls active what is established (TCP, SCTP), and
 * inactive what is being opened or is over and only remembered. A flow of UDP is never established: it is inactive as
 * long as it is remembered, from its first packet on (`ip_vs_proto_udp.c`; every connection is born with
 * IP_VS_CONN_F_INACTIVE). A mark's connections may be of either kind.
 */
const knowsItsEnd = (key: ServiceKey): boolean => !('mark' in key) && key.protocol !== 'udp';

/**
 * What a drain waits for: what would be cut if the server stopped now, or would still be sent to it.
 * - TCP and SCTP: established connections. What is over and only remembered cannot be cut.
 * - UDP and marks: everything that is remembered.
 * - Persistence templates only while they still lead clients to a drained server (`expire_quiescent_template` is 0).
 *   Where they do not, they are a memory of clients who are sent elsewhere when they come back.
 */
export const leftOf = (held: Held, keys: readonly ServiceKey[], templatesLead: boolean): number =>
  held.activeConnections +
  (keys.every(knowsItsEnd) ? 0 : held.inactiveConnections) +
  (templatesLead ? held.persistentConnections : 0);
