import type { Clock } from '../ports/clock.js';
import { after, type Duration, type Instant, instant } from '../values/time.js';
import { Queue } from './queue.js';

interface Event {
  readonly at: number;
  readonly order: number;
  /** Null once it was cancelled. */
  run: (() => void) | null;
}

/** An event that was put on the clock and can be taken off again. */
export interface Scheduled {
  cancel(): void;
}

/** Time that passes only when told: every event in order, minutes in milliseconds, the same each time. */
export class VirtualClock implements Clock {
  #now: Instant;
  #order = 0;
  #unsettled = true;
  #watched = 0;
  #running = false;
  readonly #events = new Queue<Event>();

  /** @param start the first reading; not 0 by default, so that a forgotten offset shows. */
  constructor(start: Instant = instant(1_000_000_000)) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  /** Runs once at `at`, or now when that is past; events of one instant run in the order in which they were put. */
  at(at: Instant, run: () => void): Scheduled {
    const event: Event = { at: Math.max(at, this.#now), order: this.#order, run };
    this.#order += 1;
    this.#events.push(event);
    return {
      cancel: () => {
        event.run = null;
      },
    };
  }

  /** A promise was settled: its followers run before the next event does. */
  settle(): void {
    this.#unsettled = true;
  }

  /** As long as `work` is under way, promises are followed up after every event. */
  during(work: Promise<unknown>): void {
    this.#watched += 1;
    this.#unsettled = true;
    const done = (): void => {
      this.#watched -= 1;
    };
    work.then(done, done);
  }

  /** Lets `duration` pass. An exception of an event ends it and comes out here. */
  async advance(duration: Duration): Promise<void> {
    await this.advanceTo(after(this.#now, duration));
  }

  /** Lets time pass until `end`, the events of `end` included. */
  async advanceTo(end: Instant): Promise<void> {
    if (this.#running) throw new Error('the clock is advanced already');
    this.#running = true;
    try {
      // Promises that were settled outside of an event are followed up too.
      await followUp();
      for (;;) {
        const event = this.#events.first;
        if (event === undefined || event.at > end) {
          if (!(await this.#followedUp())) break;
          continue;
        }
        this.#events.shift();
        this.#now = event.at as Instant;
        event.run?.();
        if (this.#unsettled || this.#watched > 0) await this.#followedUp();
      }
      this.#now = Math.max(this.#now, end) as Instant;
      await followUp();
    } finally {
      this.#running = false;
    }
  }

  /** @returns whether anything was there to follow up. */
  async #followedUp(): Promise<boolean> {
    const unsettled = this.#unsettled;
    this.#unsettled = false;
    if (unsettled || this.#watched > 0) await followUp();
    return unsettled;
  }
}

/** Everything that waits for settled promises runs before the loop's next turn. */
const followUp = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
