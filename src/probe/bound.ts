import { type Duration, toMillis } from '../values/time.js';

/** A timer that fires so much later than asked for was held up by this process. */
const LATE_MS = 50;

/**
 * The bound of an attempt. Where this process was stalled, the answer may wait in a socket: time that we slept is not
 * held against the server, once, and at most as long again as the bound itself.
 * @returns takes it back.
 */
export function bound(timeout: Duration, expired: () => void): () => void {
  const started = performance.now();
  let deadline = toMillis(timeout);
  let extended = false;
  const ring = (): void => {
    const late = performance.now() - started - deadline;
    if (extended || late <= LATE_MS) {
      expired();
      return;
    }
    extended = true;
    const extra = Math.min(late, toMillis(timeout));
    deadline += late + extra;
    timer = setTimeout(ring, extra);
  };
  let timer = setTimeout(ring, deadline);
  return () => clearTimeout(timer);
}

/** Whole microseconds since a reading of `performance.now()`. */
export const microsSince = (started: number): number => Math.round((performance.now() - started) * 1_000);
