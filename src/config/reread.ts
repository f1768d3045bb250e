import { crossCheck } from './cross.js';
import { cutServices } from './items.js';
import { declaredInstances, type LoadResult, parseConfig } from './load.js';
import { type Config, configSchema, type RawConfig, type Service } from './schema.js';
import { MAX_BYTES, readYaml } from './text.js';
import { declaredTracks } from './track-cross.js';
import { warnings } from './warnings.js';

/** A text and what it says. */
export interface Read {
  readonly text: string;
  readonly config: Config;
}

/** Another text, and where each of its services comes from: its place in the former configuration, null where it is new. */
export type Reread = { readonly result: LoadResult; readonly kept: readonly (number | null)[] };

/**
 * Reads a text of which a former version is known. Services whose lines are the same as before are taken from there: of
 * ten thousand servers, one of which is gone, one service is read. All else is read and checked as ever, and as soon as
 * something is wrong, or worth a warning, the whole text is: what is said of it is the same either way.
 */
export function reread(text: string, file: string, before: Read, hostname: string): Reread {
  const quick = quickly(text, file, before, hostname);
  if (quick !== null) return quick;
  const result = parseConfig(text, file, hostname);
  return { result, kept: result.ok ? result.config.ipvs.services.map(() => null) : [] };
}

function quickly(text: string, file: string, before: Read, hostname: string): Reread | null {
  if (Buffer.byteLength(text) > MAX_BYTES) return null;
  const [was, is] = [cutServices(before.text), cutServices(text)];
  const { services } = before.config.ipvs;
  if (was === null || is === null || was.items.length !== services.length) return null;
  const places = new Map(was.items.map((item, i) => [item, i]));
  const found = is.items.map((item) => places.get(item) ?? null);
  // A list without any service would be no list.
  const kept = found.some((place) => place === null) ? found : found.map((place, i) => (i === 0 ? null : place));
  const fresh = is.items.filter((_, i) => kept[i] === null);
  const source = readYaml(is.head + fresh.join('') + is.tail, file);
  if (!('data' in source)) return null;
  const shape = configSchema.safeParse(source.data);
  if (!shape.success) return null;
  const made = shape.data.ipvs.services;
  if (made.length !== fresh.length) return null;
  const merged = merge(kept, services, made);
  const raw: RawConfig = { ...shape.data, ipvs: { ...shape.data.ipvs, services: merged } };
  const wrong = crossCheck(raw, declaredTracks(source.data), declaredInstances(source.data), (path) => path);
  if (wrong.length > 0 || warnings(raw).length > 0) return null;
  const { router_id = hostname, ...rest } = raw;
  const config: Config = { ...rest, router_id };
  return { result: { ok: true, config, text, warnings: [], locate: source.locate }, kept };
}

function merge(
  kept: readonly (number | null)[],
  services: readonly Service[],
  made: readonly Service[],
): RawConfig['ipvs']['services'] {
  let next = 0;
  return kept.map((place) => {
    const service = place === null ? made[next++] : services[place];
    if (service === undefined) throw new Error('the services of the file and those that were read differ in number');
    return service;
  });
}
