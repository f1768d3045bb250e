import { type Duration, micros } from '../../values/time.js';

/** So often the weight of a server rises: each time is a change of the table for every service that has it. */
const STEPS = 10;

/** The part of its weight that a server has so long after its return: a tenth at first, all of it after `whole`. */
export function rampAt(elapsed: Duration, whole: Duration): number {
  if (whole <= 0 || elapsed >= whole) return 1;
  return 0.1 + (0.9 * Math.floor((STEPS * Math.max(0, elapsed)) / whole)) / STEPS;
}

/** When it rises the next time, from its return; null when it has all. */
export function nextRise(elapsed: Duration, whole: Duration): Duration | null {
  if (whole <= 0 || elapsed >= whole) return null;
  const step = Math.floor((STEPS * Math.max(0, elapsed)) / whole) + 1;
  // Rounded up: a moment earlier would still be the step before.
  return micros(Math.ceil((step * whole) / STEPS));
}
