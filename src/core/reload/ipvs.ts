import { differences, type Say, same } from './differences.js';
import type { PlanLine } from './line.js';

/** Servers of a new service of which something is said. */
const NOTED = 3;

/** One real server of a configuration. */
export interface ServerPart {
  /** `10.0.0.11:80`: what it is known by within its service. */
  readonly id: string;
  readonly weight: number;
  /** All that is configured of it besides. */
  readonly settings: object;
  /** What people should know of it where it is new, in a few words; null: nothing. */
  readonly note: () => string | null;
}

/** One service of a configuration. */
export interface ServicePart {
  /** What it is in the kernel: `tcp/10.0.0.1:80`; of a group all of its services, in their order. */
  readonly ids: readonly string[];
  readonly name: string;
  /** All that is configured of it besides its servers. */
  readonly settings: object;
  readonly scheduler: string;
  readonly servers: readonly ServerPart[];
}

/** A service of both configurations, or of one. */
export interface ServicePair<T> {
  readonly before: T | null;
  readonly after: T | null;
}

/**
 * Which service of a configuration is which of the other: by protocol, address and port (or mark), never by name. A group
 * is the one that has its first address; where that is new, the one that has another of them.
 */
export function pairServices<T extends Pick<ServicePart, 'ids'>>(
  before: readonly T[],
  after: readonly T[],
): ServicePair<T>[] {
  const owners = new Map<string, T>();
  for (const service of before) for (const id of service.ids) owners.set(id, service);
  const left = new Set(before);
  const taken = new Map<T, T>();
  const take = (service: T, id: string | undefined): void => {
    const owner = id === undefined ? undefined : owners.get(id);
    if (owner === undefined || taken.has(service) || !left.delete(owner)) return;
    taken.set(service, owner);
  };
  // Those with the same first address before all others: what is stored of servers goes by that one.
  for (const service of after)
    if (owners.get(service.ids[0] ?? '')?.ids[0] === service.ids[0]) take(service, service.ids[0]);
  for (const service of after) for (const id of service.ids) take(service, id);
  return [
    ...after.map((service) => ({ before: taken.get(service) ?? null, after: service })),
    ...[...left].map((service) => ({ before: service, after: null })),
  ];
}

/** What a reload does to services and servers, one line each. */
export function ipvsLines(before: readonly ServicePart[], after: readonly ServicePart[], say: Say): PlanLine[] {
  return pairServices(before, after).flatMap((pair): PlanLine[] => {
    if (pair.before === null) return [serviceLine('add', pair.after as ServicePart)];
    if (pair.after === null) return [serviceLine('remove', pair.before)];
    return changed(pair.before, pair.after, say);
  });
}

function serviceLine(change: 'add' | 'remove', { ids, name, scheduler, servers }: ServicePart): PlanLine {
  const [first = ''] = ids;
  const more = ids.length > 1 ? ` and ${ids.length - 1} more` : '';
  const where = first === name && more === '' ? [] : [`${first}${more}`];
  const many = `${servers.length} server${servers.length === 1 ? '' : 's'}`;
  const details = [...where, scheduler, many, ...(change === 'add' ? notes(servers) : [])];
  return { change, subject: 'service', name, of: null, details };
}

function notes(servers: readonly ServerPart[]): string[] {
  const noted = servers.flatMap(({ id, note }) => {
    const said = note();
    return said === null ? [] : [`${id} ${said}`];
  });
  return noted.length > NOTED ? [...noted.slice(0, NOTED), `and ${noted.length - NOTED} more such servers`] : noted;
}

function changed(before: ServicePart, after: ServicePart, say: Say): PlanLine[] {
  const { name } = after;
  const own = [
    ...(before.name === name ? [] : [`name ${before.name} -> ${name}`]),
    ...addresses(before.ids, after.ids),
    ...differences(before.settings, after.settings, say),
  ];
  const service: PlanLine[] =
    own.length === 0 ? [] : [{ change: 'change', subject: 'service', name, of: null, details: own }];
  return [...service, ...serverLines(before, after, new Set(own), say)];
}

function addresses(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...after.filter((id) => !before.includes(id)).map((id) => `address + ${id}`),
    ...before.filter((id) => !after.includes(id)).map((id) => `address - ${id}`),
  ];
}

/** @param told what the line of the service says: servers that follow it are not told of again. */
function serverLines(before: ServicePart, after: ServicePart, told: ReadonlySet<string>, say: Say): PlanLine[] {
  const left = new Map(before.servers.map((server) => [server.id, server]));
  const lines: PlanLine[] = [];
  for (const server of after.servers) {
    const old = left.get(server.id);
    left.delete(server.id);
    const line = { subject: 'server', name: server.id, of: after.name };
    if (old === undefined) {
      const details = [`weight ${server.weight}`, server.note()].filter((each) => each !== null);
      lines.push({ ...line, change: 'add', details });
    } else if (old.weight !== server.weight || !same(old.settings, server.settings)) {
      const weight = old.weight === server.weight ? [] : [`weight ${old.weight} -> ${server.weight}`];
      const details = [...weight, ...differences(old.settings, server.settings, say).filter((each) => !told.has(each))];
      if (details.length > 0) lines.push({ ...line, change: 'change', details });
    }
  }
  for (const { id, weight } of left.values()) {
    lines.push({ change: 'remove', subject: 'server', name: id, of: after.name, details: [`weight ${weight}`] });
  }
  return lines;
}
