import type { Admin, Health } from '../status.js';
import type { DesiredServer, DesiredService, ServerKey, ServerSettings, ServiceKey, ServiceSettings } from './table.js';
import { serverId, serviceId } from './table.js';

/** One real server as configured. */
export interface ServerSpec {
  /** What it is known by: the {@link rowId} of its service's first key. */
  readonly row: string;
  /** Port 0 is the port of its service. */
  readonly key: ServerKey;
  /** The weight is the configured one. */
  readonly settings: ServerSettings;
}

/** One service as configured. */
export interface ServiceSpec {
  /** What it is in the kernel: one service, or several that share these servers. */
  readonly keys: readonly [ServiceKey, ...ServiceKey[]];
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
  return health === 'up' || observed.adopted.has(row) ? spec.settings.weight : null;
}

function serversOf(spec: ServiceSpec, observed: Observed): readonly DesiredServer[] {
  const servers: DesiredServer[] = [];
  for (const s of spec.servers) {
    const weight = weightOf(s, s.row, observed);
    if (weight === null) continue;
    servers.push({ key: s.key, settings: weight === s.settings.weight ? s.settings : { ...s.settings, weight } });
  }
  return servers;
}

/** A server without a port of its own has that of the service (keepalived's groups do so). */
function inService(key: ServiceKey, servers: readonly DesiredServer[]): readonly DesiredServer[] {
  const port = 'mark' in key ? 0 : key.port;
  if (port === 0 || servers.every((s) => s.key.port !== 0)) return servers;
  return servers.map((s) => (s.key.port === 0 ? { ...s, key: { ...s.key, port } } : s));
}

/** The table as it should be: configuration + health + overrides. A service stays while all its servers are down. */
export function desiredTable(services: readonly ServiceSpec[], observed: Observed): readonly DesiredService[] {
  return services.flatMap((spec) => {
    const servers = serversOf(spec, observed);
    return spec.keys.map((key) => ({ key, settings: spec.settings, servers: inService(key, servers) }));
  });
}

/** A service is up while at least one of its servers is up (or has no check) and takes new connections. */
export const isServing = (spec: ServiceSpec, observed: Pick<Observed, 'health' | 'admin'>): boolean =>
  spec.servers.some((s) => observed.health(s.row) === 'up' && observed.admin(s.row) === 'ready');
