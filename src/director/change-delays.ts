import { emptyHistogram, type Histogram, observed } from '../core/histogram.js';
import { between, type Instant, toSeconds } from '../values/time.js';

/** Bounds of what is counted, in seconds. */
const BOUNDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 1];

/** How long changes of the table that somebody wants take until they are handed to the kernel. By services' ids. */
export class ChangeDelays {
  readonly #since = new Map<string, Instant>();
  #histogram = emptyHistogram(BOUNDS);

  get histogram(): Histogram {
    return this.#histogram;
  }

  /** A verdict, a verb or a reload concerns these. */
  wanted(ids: readonly string[], now: Instant): void {
    for (const id of ids) if (!this.#since.has(id)) this.#since.set(id, now);
  }

  /** Changes of these are handed to the kernel. */
  made(ids: Iterable<string>, now: Instant): void {
    for (const id of ids) {
      const since = this.#since.get(id);
      if (since === undefined) continue;
      this.#since.delete(id);
      this.#histogram = observed(this.#histogram, toSeconds(between(since, now)));
    }
  }

  /** There was nothing to change. */
  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#since.delete(id);
  }
}
