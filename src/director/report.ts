import type { TouchedServer } from '../control/service.js';
import { type ActualServer, type ActualService, serverId, serviceId } from '../core/ipvs/table.js';
import type { LastCheck, ServerStatus, ServiceStatus } from '../core/status.js';
import type { ServerModel, ServiceModel } from './model.js';
import type { Selected } from './select.js';
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

  service(model: ServiceModel): ActualService | undefined {
    return this.#services.get(serviceId(model.spec.key));
  }

  server(model: ServerModel): ActualServer | undefined {
    return this.#servers.get(model.row);
  }
}

/** One service with its servers as `directorctl status` shows them. */
export function serviceStatus(service: ServiceModel, state: State, rows: Rows): ServiceStatus {
  const { up, since } = state.serving(service);
  const { key, settings } = service.spec;
  const stats = rows.service(service)?.stats;
  return {
    name: service.name,
    address: serverId(key),
    protocol: key.protocol,
    scheduler: settings.scheduler,
    state: up ? 'up' : 'down',
    since,
    servers: service.servers.map((server) => serverStatus(server, state, rows)),
    connectionRate: stats?.connectionRate ?? null,
    inByteRate: stats?.inByteRate ?? null,
    outByteRate: stats?.outByteRate ?? null,
  };
}

function serverStatus(server: ServerModel, state: State, rows: Rows): ServerStatus {
  const row = rows.server(server);
  return {
    name: server.name,
    address: server.address,
    forward: server.spec.forward,
    weight: server.spec.weight,
    effectiveWeight: row?.weight ?? null,
    health: state.health(server.row),
    since: state.healthSince(server),
    admin: state.admin(server.row),
    activeConnections: row?.activeConnections ?? 0,
    inactiveConnections: row?.inactiveConnections ?? 0,
    connectionRate: row?.stats.connectionRate ?? null,
    lastCheck: lastCheck(server, state),
  };
}

function lastCheck(server: ServerModel, state: State): LastCheck | null {
  const last = state.checked(server)?.last ?? null;
  return last === null ? null : { ok: last.ok, milliseconds: last.micros / 1_000, reason: last.reason };
}

/** One row as a verb answers with it. */
export function touched({ service, server }: Selected, state: State, rows: Rows): TouchedServer {
  const row = rows.server(server);
  return {
    service: service.name,
    address: server.address,
    admin: state.admin(server.row),
    weight: server.spec.weight,
    effectiveWeight: row?.weight ?? null,
    activeConnections: row?.activeConnections ?? 0,
    inactiveConnections: row?.inactiveConnections ?? 0,
    persistentConnections: row?.persistentConnections ?? 0,
  };
}
