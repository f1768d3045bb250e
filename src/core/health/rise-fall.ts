import type { Health } from '../status.js';

/** How many results in a row change a verdict. Both at least 1. */
export interface Thresholds {
  readonly rise: number;
  readonly fall: number;
}

/** What is believed of one thing that is checked, and how many results in a row have spoken against it. */
export interface HealthState {
  readonly verdict: Health;
  readonly against: number;
}

/** Before the first result. */
export const UNKNOWN: HealthState = Object.freeze({ verdict: 'unknown', against: 0 });
const UP: HealthState = Object.freeze({ verdict: 'up', against: 0 });
const DOWN: HealthState = Object.freeze({ verdict: 'down', against: 0 });

/**
 * Feeds one result. The first one counts at once; later `rise` successes in a row bring up and `fall` failures in a row
 * bring down, and one result to the contrary starts the count anew.
 * @returns the next state: a transition happened exactly when its `verdict` differs from the one before. In a steady
 * state it is the same object, so that a thousand checks a second leave nothing to collect.
 */
export function judge(state: HealthState, ok: boolean, thresholds: Thresholds): HealthState {
  const settled = ok ? UP : DOWN;
  if (state.verdict === 'unknown') return settled;
  if (state.verdict === settled.verdict) return state.against === 0 ? state : settled;
  const against = state.against + 1;
  return against >= (ok ? thresholds.rise : thresholds.fall) ? settled : { verdict: state.verdict, against };
}
