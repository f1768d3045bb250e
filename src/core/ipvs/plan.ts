import {
  type ActualServer,
  type ActualService,
  type DesiredServer,
  type DesiredService,
  type ServiceKey,
  sameServer,
  sameService,
  serverId,
  serviceId,
  type TableChange,
} from './table.js';

/**
 * The changes that turn the actual table into the desired one; none when they agree. Of what is not desired only
 * services in `owned` (the serviceIds that we made or adopted earlier) are removed; every other one is left alone.
 *
 * The order keeps traffic flowing at each step: a service gets its new servers first, then weights that rise, then those
 * that fall, and only then loses servers; services that are no longer desired go last. A row whose settings differ is
 * edited, never taken out and put back: that would drop its connections.
 */
export function plan(
  desired: readonly DesiredService[],
  actual: readonly ActualService[],
  owned: ReadonlySet<string>,
): TableChange[] {
  const wanted = new Map(desired.map((service) => [serviceId(service.key), service]));
  const standing = new Map(actual.map((service) => [serviceId(service.key), service]));
  const changes: TableChange[] = [];
  for (const [id, service] of wanted) changes.push(...planService(service, standing.get(id)));
  for (const [id, service] of standing) {
    if (!wanted.has(id) && owned.has(id)) changes.push({ kind: 'removeService', service: service.key });
  }
  return changes;
}

function planService(desired: DesiredService, actual: ActualService | undefined): TableChange[] {
  const service = desired.key;
  const { settings } = desired;
  const changes: TableChange[] = [];
  if (actual === undefined) {
    changes.push({ kind: 'addService', service, settings });
  } else if (actual.irregular === true || !sameService(actual.settings, settings)) {
    changes.push({ kind: 'editService', service, settings });
  }
  changes.push(...planServers(service, desired.servers, actual?.servers ?? []));
  return changes;
}

function planServers(
  service: ServiceKey,
  desired: readonly DesiredServer[],
  actual: readonly ActualServer[],
): TableChange[] {
  const wanted = new Map(desired.map((server) => [serverId(server.key), server]));
  const standing = new Map(actual.map((server) => [serverId(server.key), server]));
  const adds: TableChange[] = [];
  const rises: TableChange[] = [];
  const falls: TableChange[] = [];
  const removes: TableChange[] = [];
  for (const [id, { key: server, settings }] of wanted) {
    const row = standing.get(id);
    if (row === undefined) adds.push({ kind: 'addServer', service, server, settings });
    else if (row.irregular === true || !sameServer(row, settings)) {
      (settings.weight > row.weight ? rises : falls).push({ kind: 'editServer', service, server, settings });
    }
  }
  for (const [id, { key: server }] of standing) {
    if (!wanted.has(id)) removes.push({ kind: 'removeServer', service, server });
  }
  return [...adds, ...rises, ...falls, ...removes];
}
