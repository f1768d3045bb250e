import { after, type Duration, type Instant, micros, seconds } from '../values/time.js';

/** Rows that are read in one go: two or three milliseconds of the loop. */
const AT_ONCE = 200;
/**
 * Rows a second at most: 1,000 services of 10 servers are gone through in 5.5 s, for two or three hundredths of a
 * processor. What fits into the interval is gone through in it.
 */
const ROWS_A_SECOND = 2_000;

/**
 * Goes through all services again and again, looking for drift, a few rows at a time: each round begins one interval
 * after the one before, or later where the table is large.
 */
export class Rotation {
  readonly #interval: () => Duration;
  #round: readonly string[] = [];
  #next = 0;
  #began: Instant;
  #due: Instant;
  #hurry = false;

  constructor(interval: () => Duration, now: Instant) {
    this.#interval = interval;
    this.#began = now;
    this.#due = after(now, interval());
  }

  /** When the next ones are to be looked at. */
  get due(): Instant {
    return this.#due;
  }

  /**
   * The services to be looked at now.
   * @param all those of a new round.
   * @param rows what looking at one costs.
   */
  take(now: Instant, all: () => readonly string[], rows: (id: string) => number): readonly string[] {
    if (this.#next >= this.#round.length) {
      this.#round = all();
      this.#next = 0;
      this.#began = now;
      this.#hurry = false;
    }
    const ids: string[] = [];
    let cost = 0;
    while (this.#next < this.#round.length && cost < AT_ONCE) {
      const id = this.#round[this.#next] as string;
      this.#next += 1;
      cost += rows(id);
      ids.push(id);
    }
    const over = this.#next >= this.#round.length;
    const pause = this.#hurry ? now : after(now, micros((cost * seconds(1)) / ROWS_A_SECOND));
    const round = after(this.#began, this.#interval());
    this.#due = over && round > pause ? round : pause;
    return ids;
  }

  /** Something was changed behind our back: the rest of this round is gone through at once, as more may have been. */
  hurry(now: Instant): void {
    if (this.#hurry) return;
    this.#hurry = true;
    if (this.#next < this.#round.length) this.#due = now;
  }
}
