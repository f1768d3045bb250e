import type { RawConfig, Service } from './schema.js';

/** Where each service comes from: its place in a former configuration; null: it is the next of those that are new. */
export type Kept = readonly (number | null)[];

/**
 * A configuration as a whole; services that were kept are the same objects as before.
 * @param edited with the services alone that are new. @throws when they are not so many.
 */
export function assembled<T extends RawConfig>(before: RawConfig, edited: T, kept: Kept): T {
  let next = 0;
  const services = kept.map((place): Service => {
    const service = place === null ? edited.ipvs.services[next++] : before.ipvs.services[place];
    if (service === undefined) throw new Error('what was read does not fit to what runs');
    return service;
  });
  return { ...edited, ipvs: { ...edited.ipvs, services } };
}
