import { after, type Duration, type Instant } from '../../values/time.js';

/** How long a change must last before it counts. */
export interface Delays {
  readonly up: Duration;
  readonly down: Duration;
}

/** What counts now of something that is up or down, and what it would change to. */
export interface Debounced<T> {
  readonly counts: T;
  /** Seen by now, and to count at `at` if it lasts until then. */
  readonly pending: { readonly value: T; readonly at: Instant } | null;
}

/**
 * Feeds what is seen now. The first sight counts at once, as does what leaves up or down as it is (a link that was down
 * and is now missing); a change to the contrary counts when it has lasted for its delay, and is forgotten when it goes
 * back before.
 * @param state null before the first sight.
 */
export function observe<T>(
  state: Debounced<T> | null,
  value: T,
  isUp: (value: T) => boolean,
  delays: Delays,
  now: Instant,
): Debounced<T> {
  if (state === null || isUp(value) === isUp(state.counts)) return { counts: value, pending: null };
  const at = state.pending?.at ?? after(now, isUp(value) ? delays.up : delays.down);
  return settle({ counts: state.counts, pending: { value, at } }, now);
}

/** What counts at `now`. */
export const settle = <T>(state: Debounced<T>, now: Instant): Debounced<T> =>
  state.pending !== null && now >= state.pending.at ? { counts: state.pending.value, pending: null } : state;

/** When {@link settle} is wanted next; null for never. */
export const settlesAt = (states: Iterable<Debounced<unknown>>): Instant | null => {
  let first: Instant | null = null;
  for (const { pending } of states) if (pending !== null && (first === null || pending.at < first)) first = pending.at;
  return first;
};
