import { type Duration, type Instant, micros } from '../../values/time.js';

/**
 * How much later than its grid point a run begins: 0 to `jitter`, for each point another amount that looks random but
 * follows from `seed` and the point alone, so that tests and restarts see the same.
 * @param seed a number of the check's own, see `spread`.
 */
export function shift(seed: number, point: Instant, jitter: Duration): Duration {
  if (jitter === 0) return micros(0);
  // murmur3's final mix over both halves of the point and the seed.
  let h = Math.trunc(seed * 0x1_0000_0000) ^ (point >>> 0);
  h = Math.imul(h ^ Math.trunc(point / 0x1_0000_0000), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return micros((((h ^ (h >>> 16)) >>> 0) / 0x1_0000_0000) * jitter);
}
