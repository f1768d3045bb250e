import { staleRows } from './administration.js';
import type { Checks } from './checks.js';
import type { Overrides } from './overrides.js';
import type { State } from './state.js';

/** So many leftovers are named in status. */
const NAMED = 5;

/** Checks that cannot run on this machine, one sentence a reason. */
export function troubles(checks: Checks): string[] {
  const reasons = new Map<string, number>();
  for (const { trouble } of checks.all()) if (trouble !== null) reasons.set(trouble, (reasons.get(trouble) ?? 0) + 1);
  return [...reasons].map(([why, n]) => `${n === 1 ? 'a check' : `${n} checks`} cannot run on this machine: ${why}`);
}

/** Drains and other overrides of servers that are not in the configuration any more. */
export function leftovers(state: State, overrides: Overrides): string[] {
  const stale = staleRows(state, overrides);
  const named = stale.slice(0, NAMED).flatMap(({ row, server, service }) => {
    const { drain, disabled, weight } = overrides.get(row);
    const said = (what: string, verb: string): string =>
      `${server} of ${service} ${what}, but is not in the configuration: directorctl ${verb} --service ${service} forgets that`;
    return [
      ...(drain === undefined ? [] : [said('is drained', `undrain ${server}`)]),
      ...(disabled === undefined ? [] : [said('is disabled', `enable ${server}`)]),
      ...(weight === undefined ? [] : [said(`has the weight ${weight.value}`, `weight ${server} default`)]),
    ];
  });
  return stale.length > NAMED ? [...named, `and ${stale.length - NAMED} more such servers`] : named;
}
