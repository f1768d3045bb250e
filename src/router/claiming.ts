import type { State } from '../core/vrrp/machine.js';
import type { Preparation } from '../ports/clock.js';
import { type Duration, type Instant, micros, millis } from '../values/time.js';

/** A backup that has heard nothing for so long that it is about to take over wakes up so long before. */
const LEAD = millis(1);

/** How a backup makes ready for a claim of its own. @param interval of its adverts; a short one leaves less time before. */
export const preparationFor = (interval: Duration, prepare: (until: Instant) => void): Preparation => ({
  lead: micros(Math.min(LEAD, interval / 10)),
  prepare,
});

/** Whether it is a backup whose timer has run out. */
export const isExpired = (state: State): boolean => state.kind === 'backup' && state.expired;

/** Why a backup whose timer has run out claims; for people. */
export function whyClaim(state: State): string | null {
  if (state.kind !== 'backup') return null;
  const letGo = state.heard === null && state.master !== null;
  return letGo ? `${state.master} let go with priority 0` : 'no advert within Master_Down_Interval';
}
