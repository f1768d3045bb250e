import { between, type Instant, seconds } from '../values/time.js';

/** So many thefts of an address within WINDOW are a fight that nobody wins. */
const MOST = 20;
const WINDOW = seconds(10);

/** Counts how often somebody else takes our addresses off their interface. */
export class Thefts {
  #latest: Instant[] = [];

  /** One more. @returns whether it is a fight: then the count begins anew. */
  count(now: Instant): boolean {
    this.#latest = [...this.#latest.filter((t) => between(t, now) < WINDOW), now];
    if (this.#latest.length <= MOST) return false;
    this.#latest = [];
    return true;
  }
}
