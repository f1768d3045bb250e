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

/**
 * The next point of the grid `due + n × interval` after `now`. Points that went by while the loop was late are left
 * out, so that a late loop makes up for nothing and never drifts.
 */
export function nextDue(due: Instant, interval: Duration, now: Instant): Instant {
  const missed = Math.max(0, Math.floor((now - due) / interval));
  return after(due, micros((missed + 1) * interval));
}
