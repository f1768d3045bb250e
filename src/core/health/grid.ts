import { after, type Duration, type Instant, micros } from '../../values/time.js';

/**
 * A number in [0, 1) that depends on the text alone: FNV-1a, 32 bits, with a final mix (murmur3's), since texts that
 * differ only in their last digit, as addresses do, would otherwise fall close together.
 */
export function spread(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** When the first check of `key` is due: within one interval of `start`, each key at a place of its own. */
export const firstDue = (key: string, start: Instant, interval: Duration): Instant =>
  after(start, micros(spread(key) * interval));

/** The latest point of the grid `point + n × interval` that is not after `now`; `point` itself while that lies ahead. */
export function latestPoint(point: Instant, interval: Duration, now: Instant): Instant {
  const passed = Math.max(0, Math.floor((now - point) / interval));
  return after(point, micros(passed * interval));
}

/**
 * When the run after the one that was due at `point` is due: one interval later. Where that has gone by (a run may take
 * as long as its interval), it is due at once, but only for the latest point: nothing is made up for.
 */
export function followingPoint(point: Instant, interval: Duration, now: Instant): Instant {
  const next = after(point, interval);
  return next > now ? next : latestPoint(point, interval, now);
}

/** The first point of the grid after `now`. */
export const nextPoint = (point: Instant, interval: Duration, now: Instant): Instant =>
  point > now ? point : after(latestPoint(point, interval, now), interval);
