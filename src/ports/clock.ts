import type { Instant } from '../values/time.js';

/** The monotonic clock. */
export interface Clock {
  now(): Instant;
}

/** One precise alarm: at most one instant is armed; arming again replaces it. */
export interface Alarm {
  /** Fires once at or after `at`; an instant in the past fires on the next turn of the loop. */
  set(at: Instant): void;
  clear(): void;
  close(): void;
}

/** Where alarms come from. */
export interface Alarms {
  /** @param fire called on the event loop, never from within `set`. */
  alarm(fire: () => void): Alarm;
}
