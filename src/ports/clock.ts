import type { Duration, Instant } from '../values/time.js';

/** The monotonic clock. */
export interface Clock {
  now(): Instant;
}

/**
 * For an alarm that comes rarely and must then be quick: its process may have slept for months. Whoever keeps the alarms
 * may leave it out.
 */
export interface Preparation {
  /** How long before. */
  readonly lead: Duration;
  /** Makes ready what the alarm will need; has no effect that can be seen. @param until when it is over */
  prepare(until: Instant): void;
}

/** One precise alarm: at most one instant is armed; arming again replaces it. */
export interface Alarm {
  /** Fires once at or after `at`; an instant in the past fires on the next turn of the loop. */
  set(at: Instant, preparation?: Preparation): void;
  clear(): void;
  close(): void;
}

/** Where alarms come from. */
export interface Alarms {
  /** @param fire called on the event loop, never from within `set`. */
  alarm(fire: () => void): Alarm;
}
