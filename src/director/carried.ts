import { parseRowId } from '../values/service-key.js';
import type { Override, Overrides } from './overrides.js';
import { pairs } from './reload-model.js';
import type { Shaped } from './reload-plan.js';

/**
 * Rows that go on under another id, as their service has another address in another configuration: one with the same name, or
 * a group with another first address. @returns the former id by the new one.
 */
function carriedRows(before: Shaped, after: Shaped): ReadonlyMap<string, string> {
  const all = pairs(before, after);
  const gone = new Map(
    all.flatMap((pair) => (pair.before !== null && pair.after === null ? [[pair.before.name, pair.before]] : [])),
  );
  const carried = new Map<string, string>();
  for (const pair of all) {
    const former = pair.after === null ? undefined : (pair.before ?? gone.get(pair.after.name));
    if (pair.after === null || former === undefined) continue;
    const rows = new Map(former.servers.map((server) => [server.address, server.row]));
    for (const { address, row } of pair.after.servers) {
      const from = rows.get(address);
      if (from !== undefined && from !== row) carried.set(row, from);
    }
  }
  return carried;
}

const says = ({ drain, disabled, weight }: Override): boolean => (drain ?? disabled ?? weight) !== undefined;

/** What ends a {@link carry}. @param moved the rows have their new ids now. @returns those that were carried late. */
export type Carried = (moved: boolean) => Promise<readonly string[]>;

/**
 * Stores what an administrator decided of rows under their new ids as well, so that a drained server does not take
 * connections because its service moved. @returns what ends that: what he decided since is carried too, and the former
 * ids are forgotten, or the new ones where it came to nothing. @throws when it cannot be stored; then nothing has changed.
 */
export async function carry(overrides: Overrides, before: Shaped, after: Shaped): Promise<Carried> {
  // Mostly: then a reload of thousands of services does not look for them.
  const rows = overrides.isEmpty
    ? []
    : [...carriedRows(before, after)].filter(([to, from]) => says(overrides.get(from)) && !says(overrides.get(to)));
  const from = new Map(rows);
  if (rows.length > 0) await overrides.change([...from.keys()], (_, row) => overrides.get(from.get(row) ?? ''));
  const { all: then } = overrides;
  return async (moved) => {
    const late = new Map(
      !moved || overrides.all === then
        ? []
        : [...carriedRows(before, after)].filter(([, former]) => overrides.all.get(former) !== then.get(former)),
    );
    if (from.size + late.size === 0) return [];
    const used = new Set(after.services.flatMap((service) => service.servers.map((server) => server.row)));
    const former = [...from.values(), ...late.values()].filter((row) => !used.has(row));
    // What cannot be forgotten now stays in status as a leftover, with the verb that forgets it.
    const over = moved ? former : [...from.keys()];
    const edit = (_: Override, row: string): Override => {
      const origin = late.get(row);
      return origin === undefined ? {} : overrides.get(origin);
    };
    const touched = new Set([...late.keys(), ...over]);
    if (touched.size > 0) await overrides.change([...touched], edit).catch(() => {});
    return [...late.keys()];
  };
}

/** What an administrator has said of servers that are new in a configuration, or of others with the same IP address. */
export function rowNotes(overrides: Overrides, before: Shaped, after: Shaped): (row: string) => string | null {
  if (overrides.isEmpty) return () => null;
  const given = [...overrides.rows()];
  const carried = carriedRows(before, after);
  const nameOf = (row: string): string =>
    before.services.find(({ servers }) => servers.some((server) => server.row === row))?.name ??
    row.slice(0, row.indexOf(' '));
  const ip = (row: string): string | undefined => parseRowId(row)?.server.address;
  return (row) => {
    const own = overrides.get(row);
    const stays = says(own) ? own : overrides.get(carried.get(row) ?? '');
    if (says(stays)) return `stays ${described(stays)}`;
    const address = ip(row);
    const other = given.find((each) => ip(each) === address && isOut(overrides.get(each)));
    if (other === undefined) return null;
    return `takes connections here, although ${described(overrides.get(other))} in ${nameOf(other)}`;
  };
}

const isOut = ({ drain, disabled }: Override): boolean => (drain ?? disabled) !== undefined;

const described = ({ drain, disabled, weight }: Override): string =>
  disabled !== undefined ? 'disabled' : drain !== undefined ? 'drained' : `at weight ${weight?.value}`;
