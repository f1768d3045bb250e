import {
  type ActualServer,
  type ActualService,
  type ServiceKey,
  type Stats,
  serverId,
  serviceId,
} from '../core/ipvs/table.js';
import type { LastCheck, ServerStatus, ServiceStatus } from '../core/status.js';
import type { ServerModel, ServiceModel } from './model.js';
import type { Override } from './overrides.js';
import { availability, slowStart } from './policy-report.js';
import type { State } from './state.js';

/** The kernel's table, to be looked up by service and row. */
export class Rows {
  readonly #services = new Map<string, ActualService>();
  readonly #servers = new Map<string, ActualServer>();

  constructor(table: readonly ActualService[]) {
    for (const service of table) {
      const id = serviceId(service.key);
      this.#services.set(id, service);
      for (const server of service.servers) this.#servers.set(`${id} ${serverId(server.key)}`, server);
    }
  }

  /** Those of its keys that are in the kernel. */
  services(model: ServiceModel): readonly ActualService[] {
    return model.spec.keys.flatMap((key) => this.#services.get(serviceId(key)) ?? []);
  }

  /** Its row; where its service has several addresses, the first that there is, with the connections of all. */
  server(model: ServerModel): ActualServer | undefined {
    const [first, ...more] = model.rows.flatMap((row) => this.#servers.get(row) ?? []);
    return first === undefined || more.length === 0 ? first : more.reduce(joined, first);
  }
}

function joined(a: ActualServer, b: ActualServer): ActualServer {
  return {
    ...a,
    activeConnections: a.activeConnections + b.activeConnections,
    inactiveConnections: a.inactiveConnections + b.inactiveConnections,
    persistentConnections: a.persistentConnections + b.persistentConnections,
    stats: {
      ...a.stats,
      connectionRate: a.stats.connectionRate + b.stats.connectionRate,
      connections: a.stats.connections + b.stats.connections,
    },
  };
}

/** How a service is called in status: `172.28.128.200:80`; of a mark `5`, of IPv6 `5 IPv6`, beside addresses `fwmark 5`. */
const addressOf = (key: ServiceKey): string =>
  'mark' in key ? `${key.mark}${key.family === 6 ? ' IPv6' : ''}` : serverId(key);

const addressInGroup = (key: ServiceKey): string => ('mark' in key ? `fwmark ${addressOf(key)}` : addressOf(key));

/**
 * One service with its servers as `directorctl status` shows them.
 * @param refuses whether the kernel refuses a service.
 */
export function serviceStatus(
  service: ServiceModel,
  state: State,
  rows: Rows,
  refuses: (key: ServiceKey) => boolean,
): ServiceStatus {
  const { up, since } = state.serving(service);
  const { keys, settings } = service.spec;
  const [key] = keys;
  const standing = rows.services(service);
  // Whatever its servers can do, nothing reaches them.
  const refused = standing.length === 0 && keys.some(refuses);
  const total = (what: keyof Stats): number => standing.reduce((sum, { stats }) => sum + stats[what], 0);
  const sum = (what: keyof Stats): number | null => (standing.length === 0 ? null : total(what));
  const totals = { connections: total('connections'), inBytes: total('inBytes'), outBytes: total('outBytes') };
  return {
    name: service.name,
    address: addressOf(key),
    ...(keys.length > 1 ? { addresses: keys.map(addressInGroup) } : {}),
    protocol: 'mark' in key ? 'fwmark' : key.protocol,
    scheduler: settings.scheduler,
    state: up && !refused ? 'up' : 'down',
    since,
    servers: service.servers.map((server) => serverStatus(server, state, rows)),
    connectionRate: sum('connectionRate'),
    inByteRate: sum('inByteRate'),
    outByteRate: sum('outByteRate'),
    totals: standing.length === 0 ? null : totals,
    ...availability(service, state),
  };
}

function serverStatus(server: ServerModel, state: State, rows: Rows): ServerStatus {
  const row = rows.server(server);
  return {
    name: server.name,
    address: server.address,
    forward: server.spec.settings.forward,
    weight: server.spec.settings.weight,
    effectiveWeight: row?.weight ?? null,
    health: state.health(server.row),
    since: state.healthSince(server),
    ...given(state.given(server.row)),
    admin: state.admin(server.row),
    activeConnections: row?.activeConnections ?? 0,
    inactiveConnections: row?.inactiveConnections ?? 0,
    persistentConnections: row?.persistentConnections ?? 0,
    connectionRate: row?.stats.connectionRate ?? null,
    connections: row?.stats.connections ?? null,
    lastCheck: lastCheck(server, state),
    ...adviceOf(server, state),
    ...slowStart(server, state),
  };
}

/** Who decided what it is in `admin`, and since when; an administrator's weight. */
function given({ drain, disabled, weight }: Override) {
  const admin = disabled ?? drain ?? null;
  return { adminSince: admin?.since ?? null, adminBy: admin?.by ?? null, weightOverride: weight ?? null };
}

/** Only of those that have any: status of 10,000 servers is long enough. */
function adviceOf(server: ServerModel, { advices }: State): Pick<ServerStatus, 'agent' | 'advisedWeight'> {
  const [agent, weight] = [advices.status(server), advices.weight(server.row)];
  return { ...(agent === null ? {} : { agent }), ...(weight === null ? {} : { advisedWeight: weight }) };
}

function lastCheck(server: ServerModel, state: State): LastCheck | null {
  const last = state.checked(server)?.last ?? null;
  if (last === null) return null;
  const days = last.found?.certificateDays;
  const check = { ok: last.ok, milliseconds: last.micros / 1_000, reason: last.reason };
  return days === undefined ? check : { ...check, certificateDays: days };
}
