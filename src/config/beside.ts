import { serviceId } from '../values/service-key.js';
import type { Kept } from './assembled.js';
import { keysOf } from './ipvs-virtual.js';
import type { Service } from './schema.js';
import { MAX_ROWS, MAX_SERVICES } from './services-cross.js';

/** What no two services of a sound configuration may have in common, and what all of them may have so much of. */
export interface Place {
  readonly name: string;
  /** The kernel's services, by id. */
  readonly ids: readonly string[];
  /** In the kernel. */
  readonly rows: number;
}

/** The services of a sound configuration, in their order, and where each name and id is. */
export interface Places {
  readonly list: readonly Place[];
  readonly ids: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<string, number>;
}

/** All that is to be known of a service for the comparison with others. */
export function placeOf(service: Service): Place {
  const ids = keysOf(service).map(serviceId);
  return { name: service.name, ids, rows: ids.length * service.servers.length };
}

/** Looks through all services once, for the comparisons to come. */
export function placesOf(list: readonly Place[]): Places {
  const ids = new Map<string, number>();
  const names = new Map<string, number>();
  list.forEach((place, at) => {
    for (const id of place.ids) ids.set(id, at);
    names.set(place.name, at);
  });
  return { list, ids, names };
}

/**
 * Whether new services can stand beside those that stay of a former configuration; how they stand beside each other is
 * not looked at. @returns the names of all of them, null where they cannot.
 */
export function beside(before: Places, kept: Kept, fresh: readonly Place[]): ReadonlySet<string> | null {
  const stays = new Uint8Array(before.list.length);
  for (const at of kept) {
    if (at === null) continue;
    // Twice the same.
    if (stays[at] === 1) return null;
    stays[at] = 1;
  }
  const taken = (at: number | undefined): boolean => at !== undefined && stays[at] === 1;
  for (const { name, ids } of fresh) {
    if (taken(before.names.get(name))) return null;
    if (ids.some((id) => taken(before.ids.get(id)))) return null;
  }
  const names = new Set<string>();
  let [services, rows] = [0, 0];
  const add = (place: Place): void => {
    names.add(place.name);
    services += place.ids.length;
    rows += place.rows;
  };
  before.list.forEach((place, at) => {
    if (stays[at] === 1) add(place);
  });
  for (const place of fresh) add(place);
  return services > MAX_SERVICES || rows > MAX_ROWS ? null : names;
}
