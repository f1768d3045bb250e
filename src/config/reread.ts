import type { Kept } from './assembled.js';
import { beside, type Places, placeOf, placesOf } from './beside.js';
import { crossCheck } from './cross.js';
import { type Cut, countOf, cut } from './cut.js';
import { type Edit, edited, editOf, lengthOf } from './edit.js';
import { declaredInstances, type NotLoaded, parseConfig, unreadable } from './load.js';
import type { Problem } from './problem.js';
import { decoded } from './read-file.js';
import { recut } from './recut.js';
import { type Config, configSchema, type RawConfig } from './schema.js';
import { MAX_BYTES, readYaml } from './text.js';
import { declaredTracks } from './track-cross.js';
import { warnings } from './warnings.js';

/** What is to be known of a sound text to read other versions of it: little more than the text. */
export interface Known {
  readonly text: Uint8Array;
  /** null: others have to be read as a whole. */
  readonly cut: Cut | null;
  readonly places: Places;
  /** What services are looked at beside: whether connections are synchronised, and the names of the instances. */
  readonly surroundings: string;
}

/** Another version of a text that is right. */
export interface Reread {
  readonly ok: true;
  /** With the services alone that are new. */
  readonly config: Config;
  /** Where each service comes from. */
  readonly kept: Kept;
  readonly edit: Edit;
  readonly warnings: readonly Problem[];
  /** All of it was read: services that are the same are new as well. */
  readonly whole: boolean;
}

/** @param config what the text says. */
export function known(text: Uint8Array, config: RawConfig): Known {
  return ready(text, config, config.ipvs.services.map(placeOf), warnings(config).length > 0);
}

/** The same of the version that was read. */
export function knownAfter(before: Known, { config, kept, edit, warnings: told }: Reread): Known {
  const fresh = config.ipvs.services.map(placeOf)[Symbol.iterator]();
  const list = kept.flatMap((at) => (at === null ? fresh.next().value : before.places.list[at]) ?? []);
  return ready(edited(before.text, edit), config, list, told.length > 0);
}

function ready(text: Uint8Array, config: RawConfig, list: Places['list'], warned: boolean): Known {
  const pieces = warned ? null : cut(text);
  return {
    text,
    cut: pieces !== null && countOf(pieces) === list.length ? pieces : null,
    places: placesOf(list),
    surroundings: surroundings(config),
  };
}

/**
 * Reads a text of which a former version is known. Services whose lines are the same as before are taken from there: of
 * ten thousand servers, one of which is gone, one service is read. All else is read and checked as ever, and as soon as
 * something is wrong, or worth a warning, the whole text is: what is said of it is the same either way.
 */
export function reread(edit: Edit, file: string, before: Known, hostname: string): Reread | NotLoaded {
  return quickly(edit, file, before, hostname) ?? wholly(edit, file, before, hostname);
}

function wholly(edit: Edit, file: string, before: Known, hostname: string): Reread | NotLoaded {
  const found = decoded(edited(before.text, edit));
  if ('why' in found) return unreadable(file, found);
  const read = parseConfig(found.text, file, hostname);
  if (!read.ok) return read;
  const { config, warnings } = read;
  const kept = config.ipvs.services.map(() => null);
  // Without the mark that may stand before it.
  return { ok: true, config, kept, edit: editOf(before.text, Buffer.from(found.text)), warnings, whole: true };
}

function quickly(edit: Edit, file: string, before: Known, hostname: string): Reread | null {
  if (before.cut === null || lengthOf(edit) > MAX_BYTES) return null;
  const found = recut(before.cut, edit);
  if (found === null) return null;
  // A list without any service would be no list.
  const none = found.fresh.length === 0;
  const kept = none ? found.kept.map((place, i) => (i === 0 ? null : place)) : found.kept;
  const fresh = none ? [found.first] : found.fresh;
  const source = readYaml(found.head + fresh.join('') + found.tail, file);
  if (!('data' in source)) return null;
  const shape = configSchema.safeParse(source.data);
  if (!shape.success || shape.data.ipvs.services.length !== fresh.length) return null;
  if (surroundings(shape.data) !== before.surroundings) return null;
  const names = beside(before.places, kept, shape.data.ipvs.services.map(placeOf));
  if (names === null) return null;
  // What stays is sound: what is new, alone, among the names of all.
  const declared = { ...declaredTracks(source.data), balanced: names };
  const wrong = crossCheck(shape.data, declared, declaredInstances(source.data), (path) => path);
  if (wrong.length > 0 || warnings(shape.data).length > 0) return null;
  const { router_id = hostname, ...rest } = shape.data;
  return { ok: true, config: { ...rest, router_id }, kept, edit, warnings: [], whole: false };
}

const surroundings = ({ vrrp: { instances } }: RawConfig): string =>
  [instances.some(({ connection_sync: sync }) => sync !== null), ...instances.map(({ name }) => name)].join('\n');
