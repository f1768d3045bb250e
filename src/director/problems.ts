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

/** Drains of servers that are not in the configuration any more. */
export function leftovers(state: State, overrides: Overrides): string[] {
  const stale = staleRows(state, overrides);
  const named = stale
    .slice(0, NAMED)
    .map(
      (s) =>
        `${s.server} of ${s.service} is drained, but not in the configuration: directorctl undrain ${s.server} forgets that`,
    );
  return stale.length > NAMED ? [...named, `and ${stale.length - NAMED} more such drains`] : named;
}
