import { type Duration, micros, millis } from '../../values/time.js';

/** How checks run together. */
export interface Pace {
  /** At most so many at a time. */
  readonly concurrency: number;
  /** They begin, and their results are taken, at multiples of this; 0: each at its own moment. */
  readonly grid: Duration;
}

/** What one check asks for. */
export interface Demand {
  readonly interval: Duration;
  /** How long one attempt may take. */
  readonly timeout: Duration;
}

/** As many sockets as the smallest usual limit of descriptors leaves room for. */
const MOST = 4_096;
/** What is needed when every server is silent, and a quarter more. */
const RESERVE = 1.25;
/** Checks a second from which on a wake-up for each costs more than the check. */
const MANY = 100;
const GRID = millis(10);
/** A check begins late by a grid at most: so many parts of its interval. */
const FINE = 20;

/** Counts what all checks together ask for. */
export class Load {
  #rate = 0;
  #places = 0;
  #count = 0;
  readonly #intervals = new Map<Duration, number>();

  add({ interval, timeout }: Demand): void {
    this.#change(interval, timeout, 1);
  }

  remove({ interval, timeout }: Demand): void {
    this.#change(interval, timeout, -1);
  }

  #change(interval: Duration, timeout: Duration, by: 1 | -1): void {
    this.#count += by;
    this.#rate += (by * 1e6) / interval;
    this.#places += by * Math.min(1, timeout / interval);
    const alike = (this.#intervals.get(interval) ?? 0) + by;
    if (alike === 0) this.#intervals.delete(interval);
    else this.#intervals.set(interval, alike);
  }

  get pace(): Pace {
    const concurrency = Math.min(MOST, Math.max(this.#count, 1), Math.round(this.#places * RESERVE) + 64);
    const shortest = Math.min(...this.#intervals.keys());
    const grid = this.#rate < MANY ? micros(0) : micros(Math.min(GRID, shortest / FINE));
    return { concurrency, grid };
  }
}
