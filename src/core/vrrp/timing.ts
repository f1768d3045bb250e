import { type Duration, micros, seconds } from '../../values/time.js';

/** Skew_Time = (256 − priority) / 256 s (RFC 3768 §6.1), rounded down to the microsecond. */
export const skewTime = (priority: number): Duration => micros(((256 - priority) * seconds(1)) / 256);

/** Master_Down_Interval = 3 × Advertisement_Interval + Skew_Time (RFC 3768 §6.1). */
export const masterDownInterval = (interval: Duration, priority: number): Duration =>
  micros(3 * interval + skewTime(priority));
