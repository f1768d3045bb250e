import { serviceId } from '../values/service-key.js';
import type { Kept } from './assembled.js';
import { keysOf, setsOf, sizeOf } from './ipvs-virtual.js';
import type { Service } from './schema.js';
import { MAX_ROWS, MAX_SERVICES } from './services-cross.js';

/** What the services of a sound configuration have that no two may have in common, each with its service's place. */
export interface Places {
  readonly services: readonly Service[];
  /** The kernel's services, by id. */
  readonly ids: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<string, number>;
  readonly size: Size;
}

/** In the kernel: services and their rows. */
interface Size {
  readonly services: number;
  readonly rows: number;
}

/** Looks through all services once, for the comparisons to come. */
export function placesOf(services: readonly Service[]): Places {
  const ids = new Map<string, number>();
  const names = new Map<string, number>();
  services.forEach((service, place) => {
    for (const key of keysOf(service)) ids.set(serviceId(key), place);
    names.set(service.name, place);
  });
  return { services, ids, names, size: sum(services) };
}

/**
 * Whether new services can stand beside those that stay of a former configuration; how they stand beside each other is
 * not looked at. @returns the names of all of them, null where they cannot.
 */
export function beside(before: Places, kept: Kept, fresh: readonly Service[]): ReadonlySet<string> | null {
  const stays = new Uint8Array(before.services.length);
  for (const place of kept) {
    if (place === null) continue;
    // Twice the same.
    if (stays[place] === 1) return null;
    stays[place] = 1;
  }
  const taken = (place: number | undefined): boolean => place !== undefined && stays[place] === 1;
  for (const service of fresh) {
    if (taken(before.names.get(service.name))) return null;
    if (keysOf(service).some((key) => taken(before.ids.get(serviceId(key))))) return null;
  }
  const left = before.services.filter((_, place) => stays[place] === 0);
  const [gone, come] = [sum(left), sum(fresh)];
  if (before.size.services - gone.services + come.services > MAX_SERVICES) return null;
  if (before.size.rows - gone.rows + come.rows > MAX_ROWS) return null;
  return named(before.names, left, fresh);
}

function named(
  before: ReadonlyMap<string, number>,
  left: readonly Service[],
  fresh: readonly Service[],
): ReadonlySet<string> {
  const names = new Set(before.keys());
  for (const { name } of left) names.delete(name);
  for (const { name } of fresh) names.add(name);
  return names;
}

function sum(list: readonly Service[]): Size {
  let [services, rows] = [0, 0];
  for (const service of list) {
    let size = 0;
    for (const { set } of setsOf(service)) size += sizeOf(set);
    services += size;
    rows += size * service.servers.length;
  }
  return { services, rows };
}
