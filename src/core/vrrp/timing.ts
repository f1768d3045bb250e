import { type Duration, micros, seconds } from '../../values/time.js';
import type { Version } from './advert.js';

/**
 * Skew_Time, rounded down to the microsecond: of a second in version 2 (RFC 3768 §6.1), of the master's interval in
 * version 3 (RFC 9568 §6.1).
 */
export const skewTime = (version: Version, interval: Duration, priority: number): Duration =>
  micros(((256 - priority) * (version === 2 ? seconds(1) : interval)) / 256);

/** Master_Down_Interval = 3 × the master's interval + Skew_Time (RFC 3768 §6.1; RFC 9568 §6.1: Active_Down_Interval). */
export const masterDownInterval = (version: Version, interval: Duration, priority: number): Duration =>
  micros(3 * interval + skewTime(version, interval, priority));
