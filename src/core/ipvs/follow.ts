import { unreachable } from '../../values/unreachable.js';
import { NO_STATS } from './apply.js';
import {
  type ActualServer,
  type ActualService,
  type DesiredService,
  type ServerKey,
  type ServerSettings,
  sameServer,
  sameService,
  serverId,
  type TableChange,
} from './table.js';

/**
 * One service as it stands after changes of it that the kernel took, without reading it again.
 * @returns null when it is not there (any more).
 */
export function follow(service: ActualService | null, changes: readonly TableChange[]): ActualService | null {
  let now = service;
  let rows: Map<string, ActualServer> | null = null;
  const rowsOf = (from: ActualService | null): Map<string, ActualServer> => {
    rows ??= new Map((from?.servers ?? []).map((server) => [serverId(server.key), server]));
    return rows;
  };
  for (const change of changes) {
    switch (change.kind) {
      case 'addService':
        now = { key: change.service, settings: change.settings, stats: NO_STATS, servers: [] };
        rows = null;
        break;
      case 'editService':
        if (now !== null) now = { key: now.key, settings: change.settings, stats: now.stats, servers: now.servers };
        break;
      case 'removeService':
        now = null;
        rows = null;
        break;
      case 'addServer':
      case 'editServer': {
        const id = serverId(change.server);
        rowsOf(now).set(id, rowOf(change.server, change.settings, rowsOf(now).get(id)));
        break;
      }
      case 'removeServer':
        rowsOf(now).delete(serverId(change.server));
        break;
      default:
        unreachable(change);
    }
  }
  return now === null || rows === null ? now : { ...now, servers: [...(rows as Map<string, ActualServer>).values()] };
}

const NO_CONNECTIONS = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, stats: NO_STATS };

function rowOf(key: ServerKey, settings: ServerSettings, was: ActualServer | undefined): ActualServer {
  const { activeConnections, inactiveConnections, persistentConnections, stats } = was ?? NO_CONNECTIONS;
  return { key, ...settings, activeConnections, inactiveConnections, persistentConnections, stats };
}

/**
 * Whether `plan` would change nothing, told quickly for the common case that the rows stand in the order of the file or,
 * as the kernel lists them, the other way round. False says nothing.
 */
export function agrees(desired: DesiredService, actual: ActualService | null | undefined): boolean {
  if (!actual || actual.irregular === true || !sameService(actual.settings, desired.settings)) return false;
  const { length } = desired.servers;
  if (actual.servers.length !== length) return false;
  return inOrder(desired, actual, 0, 1) || inOrder(desired, actual, length - 1, -1);
}

function inOrder(desired: DesiredService, actual: ActualService, from: number, step: 1 | -1): boolean {
  return desired.servers.every(({ key, settings }, i) => {
    const row = actual.servers[from + i * step];
    if (row === undefined || row.irregular === true) return false;
    return row.key.address === key.address && row.key.port === key.port && sameServer(row, settings);
  });
}
