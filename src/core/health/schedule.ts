import { after, type Duration, type Instant, micros } from '../../values/time.js';
import { type Due, DueQueue } from './due-queue.js';
import { firstDue, followingPoint, latestPoint, spread } from './grid.js';
import { shift } from './jitter.js';

/** When a check runs. */
export interface Timing {
  readonly interval: Duration;
  /** Further attempts within one check before it counts as failed; 0 is none. */
  readonly retries: number;
  /** From a failed attempt to the next one of the same check. */
  readonly retryDelay: Duration;
  /** Each run begins up to so much later than its grid point; at most the interval. */
  readonly jitter: Duration;
}

/** One check in the schedule. */
export interface Scheduled<T> extends Due {
  readonly what: T;
  readonly timing: Timing;
  /** What starting it costs, against {@link Limits.burst}. */
  readonly cost: number;
  /** Tells its jitter from that of others. */
  readonly seed: number;
  /** The grid point of the check that runs or runs next. */
  gridPoint: Instant;
  /** Failed attempts of the check under way. */
  failed: number;
  running: boolean;
}

/** How many checks may run, and start together. */
export interface Limits {
  /** At most so many at a time. */
  readonly concurrency: number;
  /** What those that start in one turn may cost together; what is left over follows `pace` later. */
  readonly burst: number;
  readonly pace: Duration;
}

/**
 * Decides which check runs when: each on a grid of its own, spread over its interval by a hash of its key. A check that
 * is late because all places are taken runs as soon as one is free, and then returns to its grid; a loop that was
 * stalled finds each check due once, and starts them `burst` by `burst`.
 */
export class Schedule<T> {
  readonly #queue = new DueQueue<Scheduled<T>>();
  #running = 0;

  #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** From now on; those that run go on. */
  limit(limits: Limits): void {
    this.#limits = limits;
  }

  /**
   * @param key what the place within the interval is computed from: the same after a restart.
   * @param within the first run begins within that time, if that is less than the interval; the next ones lie on the grid.
   */
  add(key: string, what: T, timing: Timing, now: Instant, cost = 1, within = timing.interval): Scheduled<T> {
    const seed = spread(key);
    const first = firstDue(key, now, timing.interval);
    const early = within < timing.interval;
    const gridPoint = early ? after(first, micros(-timing.interval)) : first;
    const due = early ? firstDue(key, now, within) : after(gridPoint, shift(seed, gridPoint, timing.jitter));
    const entry: Scheduled<T> = { what, timing, cost, seed, due, slot: -1, gridPoint, failed: 0, running: false };
    this.#queue.add(entry);
    return entry;
  }

  /** Takes a check out; one that runs gives its place back here, and its result is not to be fed any more. */
  remove(entry: Scheduled<T>): void {
    if (entry.running) this.#running--;
    entry.running = false;
    this.#queue.remove(entry);
  }

  /** Calls `start` for each check to be started now. `start` must not call back into the schedule at once. */
  take(now: Instant, start: (entry: Scheduled<T>) => void): void {
    for (let spent = 0; spent < this.#limits.burst && this.#running < this.#limits.concurrency; ) {
      const first = this.#queue.peek();
      if (first === undefined || first.due > now) return;
      this.#queue.remove(first);
      if (first.failed === 0) first.gridPoint = latestPoint(first.gridPoint, first.timing.interval, now);
      first.running = true;
      this.#running++;
      spent += first.cost;
      start(first);
    }
  }

  /**
   * An attempt ended: sets when the next one is due.
   * @returns whether the check is over: its result counts. False when an attempt failed that is tried again first.
   */
  done(entry: Scheduled<T>, ok: boolean, now: Instant): boolean {
    this.#running--;
    entry.running = false;
    const over = ok || entry.failed >= entry.timing.retries;
    entry.failed = over ? 0 : entry.failed + 1;
    if (over) entry.gridPoint = followingPoint(entry.gridPoint, entry.timing.interval, now);
    entry.due = over
      ? after(entry.gridPoint, shift(entry.seed, entry.gridPoint, entry.timing.jitter))
      : after(now, entry.timing.retryDelay);
    this.#queue.add(entry);
    return over;
  }

  /** Leaves a check to somebody who repeats it as long as it succeeds, from `entry.due` on. */
  lend(entry: Scheduled<T>): void {
    this.#queue.remove(entry);
  }

  /** One that was lent has failed, in an attempt that began at `began`: it runs until `done` is told. */
  back(entry: Scheduled<T>, began: Instant): void {
    entry.gridPoint = latestPoint(entry.gridPoint, entry.timing.interval, began);
    entry.running = true;
    this.#running++;
  }

  /** When `take` wants to be called next; null when nothing waits, or all places are taken (then after a `done`). */
  wake(now: Instant): Instant | null {
    const first = this.#queue.peek();
    if (first === undefined || this.#running >= this.#limits.concurrency) return null;
    return first.due > now ? first.due : after(now, this.#limits.pace);
  }
}
