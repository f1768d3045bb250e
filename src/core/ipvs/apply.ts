import { familyOf, type Ip, isIpv6 } from '../../values/ip.js';
import { ipv4ToNumber } from '../../values/ipv4.js';
import { isLinkLocal } from '../../values/ipv6.js';
import { unreachable } from '../../values/unreachable.js';
import {
  type ActualServer,
  type ActualService,
  familyOfService,
  type ServerKey,
  type ServerSettings,
  type ServiceKey,
  type ServiceSettings,
  type Stats,
  serverId,
  serviceId,
  type TableChange,
} from './table.js';

/** What the kernel answers to a change that does not fit its table. */
export type TableErrno = 'EEXIST' | 'ESRCH' | 'ENOENT' | 'ERANGE' | 'EINVAL';

/** A table after changes. */
export interface Applied {
  readonly table: readonly ActualService[];
  /** One entry for each change: null, or why it was refused. A refused change leaves the table as it was. */
  readonly errors: readonly (TableErrno | null)[];
}

/** What a kernel knows by name; null is any. */
export interface Modules {
  readonly schedulers: ReadonlySet<string> | null;
  readonly engines: ReadonlySet<string> | null;
}

const ALL: Modules = { schedulers: null, engines: null };

/**
 * What the kernel would have after these changes, with the errors that it gives (net/netfilter/ipvs/ip_vs_ctl.c): a
 * simulation, for tests and for src/sim.
 * Two of its rules depend on what is not in the table, and are not played: a sync daemon forbids servers of another
 * family, and addresses of the host itself are taken although they are link-local or broadcast.
 */
export function applyPlan(
  table: readonly ActualService[],
  changes: readonly TableChange[],
  modules: Modules = ALL,
): Applied {
  const services = new Map(table.map((service) => [serviceId(service.key), service]));
  const errors = changes.map((change) => applyOne(services, change, modules));
  return { table: [...services.values()], errors };
}

function applyOne(services: Map<string, ActualService>, change: TableChange, modules: Modules): TableErrno | null {
  const id = serviceId(change.service);
  const service = services.get(id);
  if (change.kind === 'addService') {
    if (service !== undefined) return 'EEXIST';
    const wrong = serviceFault(change.service, change.settings, modules);
    if (wrong !== null) return wrong;
    services.set(id, { key: change.service, settings: change.settings, stats: NO_STATS, servers: [] });
    return null;
  }
  if (service === undefined) return 'ESRCH';
  switch (change.kind) {
    case 'editService': {
      const wrong = serviceFault(change.service, change.settings, modules);
      if (wrong !== null) return wrong;
      const { irregular: _, ...regular } = service;
      services.set(id, { ...regular, settings: change.settings });
      return null;
    }
    case 'removeService':
      services.delete(id);
      return null;
    case 'addServer':
    case 'editServer':
    case 'removeServer': {
      const servers = applyToServers(service, change);
      if (typeof servers === 'string') return servers;
      services.set(id, { ...service, servers });
      return null;
    }
    default:
      return unreachable(change);
  }
}

/** As ip_vs_add_service and ip_vs_edit_service look at them. A scheduler `none` is none. */
function serviceFault(key: ServiceKey, settings: ServiceSettings, modules: Modules): TableErrno | null {
  const { scheduler, engine, granularity } = settings;
  if (scheduler !== 'none' && modules.schedulers?.has(scheduler) === false) return 'ENOENT';
  if (engine !== null && modules.engines?.has(engine) === false) return 'ENOENT';
  const bits = granularity ?? 128;
  return familyOfService(key) === 6 && (bits < 1 || bits > 128) ? 'EINVAL' : null;
}

/** In the kernel's order: the family in ip_vs_genl_set_cmd, the rest in ip_vs_add_dest and ip_vs_edit_dest. */
function serverFault(service: ServiceKey, server: ServerKey, settings: ServerSettings): TableErrno | null {
  const { forward, weight, upper, lower, tunnel } = settings;
  if (forward !== 'tunnel' && familyOf(server.address) !== familyOfService(service)) return 'EINVAL';
  if (weight < 0 || lower > upper) return 'ERANGE';
  return forward === 'tunnel' && tunnel?.type === 'gue' && tunnel.port === 0 ? 'EINVAL' : null;
}

type ServerChange = Extract<TableChange, { readonly server: ServerKey }>;

function applyToServers(service: ActualService, change: ServerChange): readonly ActualServer[] | TableErrno {
  const { servers } = service;
  const id = serverId(change.server);
  const row = servers.find((server) => serverId(server.key) === id);
  // What is set is looked at before the row.
  const wrong = change.kind === 'removeServer' ? null : serverFault(service.key, change.server, change.settings);
  if (wrong !== null) return wrong;
  switch (change.kind) {
    case 'addServer':
      if (row !== undefined) return 'EEXIST';
      return isUnicast(change.server.address) ? [...servers, newServer(change.server, change.settings)] : 'EINVAL';
    case 'editServer': {
      if (row === undefined) return 'ENOENT';
      const { irregular: _, ...regular } = row;
      const edited = { ...regular, ...change.settings };
      return servers.map((server) => (server === row ? edited : server));
    }
    case 'removeServer':
      return row === undefined ? 'ENOENT' : servers.filter((server) => server !== row);
    default:
      return unreachable(change);
  }
}

/** As inet_addr_type() and ipv6_addr_type() sort them, but for the broadcast addresses of a host's own subnets. */
function isUnicast(address: Ip): boolean {
  if (isIpv6(address)) {
    return !address.startsWith('ff') && address !== '::' && !address.startsWith('::ffff:') && !isLinkLocal(address);
  }
  const n = ipv4ToNumber(address);
  return n >>> 24 !== 0 && n >>> 28 !== 0xe && n !== 0xffffffff;
}

const newServer = (key: ServerKey, settings: ServerSettings): ActualServer => ({
  key,
  ...settings,
  activeConnections: 0,
  inactiveConnections: 0,
  persistentConnections: 0,
  stats: NO_STATS,
});

/** The counters of a row that nothing has passed yet. */
export const NO_STATS: Stats = {
  connections: 0,
  inPackets: 0,
  outPackets: 0,
  inBytes: 0,
  outBytes: 0,
  connectionRate: 0,
  inPacketRate: 0,
  outPacketRate: 0,
  inByteRate: 0,
  outByteRate: 0,
};
