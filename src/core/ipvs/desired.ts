import type { Admin, Health } from '../status.js';
import type { DesiredServer, DesiredService, Forward, ServerKey, ServiceKey, ServiceSettings } from './table.js';
import { serverId, serviceId } from './table.js';

/** One real server as configured. */
export interface ServerSpec {
  readonly key: ServerKey;
  readonly forward: Forward;
  readonly weight: number;
}

/** One service as configured. */
export interface ServiceSpec {
  readonly key: ServiceKey;
  readonly settings: ServiceSettings;
  readonly servers: readonly ServerSpec[];
}

/** What is known of the servers, by {@link rowId}. */
export interface Observed {
  /** A server without a check is up. */
  health(row: string): Health;
  admin(row: string): Admin;
  /** Rows that the kernel's table had when we came. */
  readonly adopted: ReadonlySet<string>;
}

/** What identifies a row of the table: `tcp/10.0.0.1:80 10.0.0.11:80`. */
export const rowId = (service: ServiceKey, server: ServerKey): string => `${serviceId(service)} ${serverId(server)}`;

/**
 * Whether a server is in the table and with which weight; null is no row.
 * - disabled: no row.
 * - drain wins over health: the row stays, weight 0, so that its connections finish whatever a check says.
 * - down: no row, as with keepalived; the kernel then drops or re-schedules its connections (expire_nodest_conn).
 * - no verdict yet: as the table was found, so that a restart neither cuts off a server nor adds an unproven one.
 */
function weightOf(spec: ServerSpec, row: string, observed: Observed): number | null {
  const admin = observed.admin(row);
  if (admin === 'disabled') return null;
  if (admin === 'drain') return 0;
  const health = observed.health(row);
  if (health === 'down') return null;
  return health === 'up' || observed.adopted.has(row) ? spec.weight : null;
}

function serversOf(spec: ServiceSpec, observed: Observed): readonly DesiredServer[] {
  const servers: DesiredServer[] = [];
  for (const s of spec.servers) {
    const weight = weightOf(s, rowId(spec.key, s.key), observed);
    if (weight !== null) servers.push({ key: s.key, settings: { forward: s.forward, weight } });
  }
  return servers;
}

/** The table as it should be: configuration + health + overrides. A service stays while all its servers are down. */
export function desiredTable(services: readonly ServiceSpec[], observed: Observed): readonly DesiredService[] {
  return services.map((spec) => ({ key: spec.key, settings: spec.settings, servers: serversOf(spec, observed) }));
}

/** A service is up while at least one of its servers is up (or has no check) and takes new connections. */
export const isServing = (spec: ServiceSpec, observed: Pick<Observed, 'health' | 'admin'>): boolean =>
  spec.servers.some((s) => {
    const row = rowId(spec.key, s.key);
    return observed.health(row) === 'up' && observed.admin(row) === 'ready';
  });
