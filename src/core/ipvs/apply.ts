import { type Ip, isIpv6 } from '../../values/ip.js';
import { ipv4ToNumber } from '../../values/ipv4.js';
import { unreachable } from '../../values/unreachable.js';
import {
  type ActualServer,
  type ActualService,
  type ServerKey,
  type ServerSettings,
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

/**
 * What the kernel would have after these changes, with the errors that it gives (net/netfilter/ipvs/ip_vs_ctl.c): a
 * simulation, for tests and for src/sim.
 * @param schedulers the names that the kernel knows; null knows all.
 */
export function applyPlan(
  table: readonly ActualService[],
  changes: readonly TableChange[],
  schedulers: ReadonlySet<string> | null = null,
): Applied {
  const services = new Map(table.map((service) => [serviceId(service.key), service]));
  const errors = changes.map((change) => applyOne(services, change, schedulers));
  return { table: [...services.values()], errors };
}

function applyOne(
  services: Map<string, ActualService>,
  change: TableChange,
  schedulers: ReadonlySet<string> | null,
): TableErrno | null {
  const id = serviceId(change.service);
  const service = services.get(id);
  if (change.kind === 'addService') {
    if (service !== undefined) return 'EEXIST';
    if (schedulers?.has(change.settings.scheduler) === false) return 'ENOENT';
    services.set(id, { key: change.service, settings: change.settings, stats: NO_STATS, servers: [] });
    return null;
  }
  if (service === undefined) return 'ESRCH';
  switch (change.kind) {
    case 'editService': {
      if (schedulers?.has(change.settings.scheduler) === false) return 'ENOENT';
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
      const servers = applyToServers(service.servers, change);
      if (typeof servers === 'string') return servers;
      services.set(id, { ...service, servers });
      return null;
    }
    default:
      return unreachable(change);
  }
}

type ServerChange = Extract<TableChange, { readonly server: ServerKey }>;

function applyToServers(servers: readonly ActualServer[], change: ServerChange): readonly ActualServer[] | TableErrno {
  const id = serverId(change.server);
  const row = servers.find((server) => serverId(server.key) === id);
  // The order of the checks is the kernel's: the weight is looked at before the row.
  if (change.kind !== 'removeServer' && change.settings.weight < 0) return 'ERANGE';
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

/** As inet_addr_type() sorts them, but for the broadcast addresses of a host's own subnets. */
function isUnicast(address: Ip): boolean {
  if (isIpv6(address)) return !address.startsWith('ff') && address !== '::';
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
