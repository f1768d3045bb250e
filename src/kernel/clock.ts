import type { Alarm, Alarms, Clock, Preparation } from '../ports/clock.js';
import { after, between, type Duration, type Instant, instant, micros, millis } from '../values/time.js';
import { AlarmHeap, type Waiting } from './alarm-heap.js';
import { native as addon, type Native, type NativeTimer } from './native.js';

/**
 * From so many alarms on, those of one grid go off together: a wake-up costs more than what most of them do. Each grid
 * divides every interval of VRRP, so that an alarm that comes regularly is late by the same each time.
 */
const GRIDS = [
  { alarms: 128, grid: micros(2_500) },
  { alarms: 32, grid: millis(1) },
] as const;
/** The grid for so many alarms, 0 for none. */
export const gridFor = (alarms: number): Duration => GRIDS.find((g) => alarms >= g.alarms)?.grid ?? micros(0);
/** What one wake-up fires, so that adverts are read in between. */
const AT_ONCE = 64;
/** How long the loop stays awake after an alarm that was prepared for: what it set off ends within that time. */
const AFTERWARDS = millis(1);
/** The loop is awake without a break for at most so long, and then sleeps as it is used to for thrice that time. */
const AWAKE_MOST = millis(6);
const REST = 3;
const NEVER = instant(Number.POSITIVE_INFINITY);

/** CLOCK_MONOTONIC. */
export class KernelClock implements Clock {
  readonly #native: Native;

  constructor(native: Native = addon) {
    this.#native = native;
  }

  now(): Instant {
    return instant(this.#native.now());
  }
}

/** One alarm as it lies in the heap. */
interface Entry extends Waiting {
  readonly fire: () => void;
  at: Instant;
  /** Null when there is none, or it was made. */
  preparation: Preparation | null;
  open: boolean;
}

/**
 * Alarms by one timerfd for all: no rounding to milliseconds and no wheel, as node's own timers have, and one wake-up for
 * all that are due. Around an alarm that is prepared for the loop does not sleep: waking up costs more than what is due.
 */
export class KernelAlarms implements Alarms {
  readonly #native: Native;
  readonly #nextTurn: (call: () => void) => void;
  readonly #heap = new AlarmHeap<Entry>();
  #timer: NativeTimer | null = null;
  /** What the timerfd is armed for; it may go off too early, never too late. */
  #armed: Instant = NEVER;
  #count = 0;
  #firing = false;
  #awakeSince: Instant | null = null;
  #awakeUntil = instant(0);
  #restUntil = instant(0);

  /** @param nextTurn calls back on the loop's next turn, which then does not sleep */
  constructor(native: Native = addon, nextTurn: (call: () => void) => void = setImmediate) {
    this.#native = native;
    this.#nextTurn = nextTurn;
  }

  /** @throws SystemError when no descriptor is left. Keeps the process alive until it is closed. */
  alarm(fire: () => void): Alarm {
    this.#timer ??= this.#native.timer(() => this.#expired());
    this.#count += 1;
    const entry: Entry = { fire, at: NEVER, wake: NEVER, place: -1, preparation: null, open: true };
    return {
      set: (at, preparation) => {
        if (entry.open) this.#set(entry, at, preparation ?? null);
      },
      clear: () => this.#heap.remove(entry),
      close: () => this.#close(entry),
    };
  }

  #close(entry: Entry): void {
    if (!entry.open) return;
    entry.open = false;
    this.#heap.remove(entry);
    this.#count -= 1;
    if (this.#count > 0) return;
    this.#timer?.close();
    this.#timer = null;
    this.#armed = NEVER;
  }

  #set(entry: Entry, at: Instant, preparation: Preparation | null): void {
    entry.at = at;
    entry.preparation = preparation;
    this.#heap.put(entry, preparation === null ? at : after(at, micros(-preparation.lead)));
    if (!this.#firing) this.#arm();
  }

  /** Later ones need no call: the timer goes off early then, finds nothing due, and is armed anew. */
  #arm(): void {
    const first = this.#heap.first;
    if (first === undefined) return;
    const wake = first.preparation === null ? this.#together(first.wake) : first.wake;
    if (wake >= this.#armed) return;
    this.#armed = wake;
    this.#timer?.arm(wake);
  }

  #together(wake: Instant): Instant {
    const grid = gridFor(this.#heap.size);
    return grid === 0 ? wake : instant(Math.ceil(wake / grid) * grid);
  }

  #expired(): void {
    this.#armed = NEVER;
    this.#fireDue();
  }

  #fireDue(): void {
    const now = instant(this.#native.now());
    this.#firing = true;
    try {
      for (let count = 0; count < AT_ONCE; count += 1) {
        const first = this.#heap.first;
        if (first === undefined || first.wake > now) break;
        if (first.at > now) {
          this.#prepare(first, now);
        } else {
          this.#heap.remove(first);
          first.fire();
        }
      }
    } finally {
      this.#firing = false;
      if (this.#timer !== null) this.#arm();
    }
  }

  #prepare(entry: Entry, now: Instant): void {
    const { preparation } = entry;
    entry.preparation = null;
    this.#heap.put(entry, entry.at);
    if (preparation === null || now < this.#restUntil) return;
    const until = after(entry.at, AFTERWARDS);
    // What is prepared for one is warm for the next.
    if (this.#awakeSince === null) {
      this.#awakeSince = now;
      this.#nextTurn(this.#turn);
      preparation.prepare(until);
    }
    this.#awakeUntil = latest(this.#awakeUntil, until);
  }

  /** One turn of the loop that does not sleep. */
  readonly #turn = (): void => {
    const since = this.#awakeSince;
    if (since === null) return;
    const now = instant(this.#native.now());
    const awake = between(since, now);
    if (now >= this.#awakeUntil || awake >= AWAKE_MOST || this.#timer === null) {
      this.#awakeSince = null;
      this.#restUntil = after(now, micros(REST * awake) as Duration);
      return;
    }
    this.#nextTurn(this.#turn);
    const first = this.#heap.first;
    if (first !== undefined && first.wake <= now) this.#fireDue();
  };
}

const latest = (a: Instant, b: Instant): Instant => (a > b ? a : b);
