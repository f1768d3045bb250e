import { assembled, type Kept } from './assembled.js';
import { beside, type Places, placesOf } from './beside.js';
import { crossCheck } from './cross.js';
import { declaredInstances, type LoadResult, parseConfig } from './load.js';
import { type Cut, cut, recut } from './recut.js';
import { type Config, configSchema, type RawConfig } from './schema.js';
import { MAX_BYTES, readYaml } from './text.js';
import { declaredTracks } from './track-cross.js';
import { warnings } from './warnings.js';

/** A text and what it says. */
export interface Read {
  readonly text: string;
  readonly config: Config;
}

/** The same, made ready to be compared with others. */
export interface Known extends Read {
  /** null: others have to be read as a whole. */
  readonly cut: Cut | null;
  readonly places: Places;
}

/** Another text, and where each of its services comes from. */
export type Reread = { readonly result: LoadResult; readonly kept: Kept };

/** What can be done of {@link reread} before the other text is there. */
export function known({ text, config }: Read): Known {
  const pieces = warnings(config).length > 0 ? null : cut(text);
  const { services } = config.ipvs;
  return { text, config, cut: pieces?.items.length === services.length ? pieces : null, places: placesOf(services) };
}

/**
 * Reads a text of which a former version is known. Services whose lines are the same as before are taken from there: of
 * ten thousand servers, one of which is gone, one service is read. All else is read and checked as ever, and as soon as
 * something is wrong, or worth a warning, the whole text is: what is said of it is the same either way.
 */
export function reread(text: string, file: string, before: Known, hostname: string): Reread {
  const quick = quickly(text, file, before, hostname);
  if (quick !== null) return quick;
  const result = parseConfig(text, file, hostname);
  return { result, kept: result.ok ? result.config.ipvs.services.map(() => null) : [] };
}

function quickly(text: string, file: string, before: Known, hostname: string): Reread | null {
  if (before.cut === null || Buffer.byteLength(text) > MAX_BYTES) return null;
  const found = recut(before.cut, before.text, text);
  if (found === null) return null;
  // A list without any service would be no list.
  const none = found.fresh.length === 0;
  const kept = none ? found.kept.map((place, i) => (i === 0 ? null : place)) : found.kept;
  const fresh = none ? [found.first] : found.fresh;
  const source = readYaml(found.head + fresh.join('') + found.tail, file);
  if (!('data' in source)) return null;
  const shape = configSchema.safeParse(source.data);
  if (!shape.success || shape.data.ipvs.services.length !== fresh.length) return null;
  if (surroundings(shape.data) !== surroundings(before.config)) return null;
  const names = beside(before.places, kept, shape.data.ipvs.services);
  if (names === null) return null;
  // What stays is sound: what is new, alone, among the names of all.
  const declared = { ...declaredTracks(source.data), balanced: names };
  const wrong = crossCheck(shape.data, declared, declaredInstances(source.data), (path) => path);
  if (wrong.length > 0 || warnings(shape.data).length > 0) return null;
  const { router_id = hostname, ...rest } = assembled<RawConfig>(before.config, shape.data, kept);
  const config: Config = { ...rest, router_id };
  return { result: { ok: true, config, text, warnings: [], locate: source.locate }, kept };
}

/** What services are looked at beside: whether connections are synchronised, and the names of the instances. */
const surroundings = ({ vrrp: { instances } }: RawConfig): string =>
  [instances.some(({ connection_sync: sync }) => sync !== null), ...instances.map(({ name }) => name)].join('\n');
