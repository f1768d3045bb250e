import type { Alarm, Alarms } from '../ports/clock.js';
import { after, type Duration, type Instant, micros } from '../values/time.js';
import type { Scheduled, VirtualClock } from './clock.js';

/** What a process finds first when it wakes up from a stall: its timers, or what its descriptors brought. */
export type WakeOrder = 'alarms-first' | 'tasks-first';

interface Late {
  readonly at: Instant;
  readonly fire: () => void;
}

/**
 * One thread on the virtual clock: alarms and callbacks reach it unless it is stalled or dead. What comes during a stall
 * waits.
 */
export class SimThread implements Alarms {
  /** How late an alarm of its fires. */
  lateness: () => Duration = () => micros(0);
  readonly #clock: VirtualClock;
  #state: 'running' | 'stalled' | 'dead' = 'running';
  readonly #lateAlarms = new Set<Late>();
  readonly #tasks: (() => void)[] = [];

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get state(): 'running' | 'stalled' | 'dead' {
    return this.#state;
  }

  now(): Instant {
    return this.#clock.now();
  }

  alarm(fire: () => void): Alarm {
    let scheduled: Scheduled | null = null;
    let late: Late | null = null;
    let closed = false;
    const clear = (): void => {
      scheduled?.cancel();
      scheduled = null;
      if (late !== null) this.#lateAlarms.delete(late);
      late = null;
    };
    const due = (at: Instant): void => {
      scheduled = null;
      if (this.#state === 'running') {
        fire();
      } else if (this.#state === 'stalled') {
        const waiting: Late = {
          at,
          fire: () => {
            late = null;
            fire();
          },
        };
        late = waiting;
        this.#lateAlarms.add(waiting);
      }
    };
    return {
      set: (at) => {
        clear();
        if (closed) throw new Error('this alarm is closed');
        scheduled = this.#clock.at(after(at, this.lateness()), () => due(at));
      },
      clear,
      close: () => {
        closed = true;
        clear();
      },
    };
  }

  /** Something for its event loop: done at once, after the stall, or never. */
  post(task: () => void): void {
    if (this.#state === 'running') task();
    else if (this.#state === 'stalled') this.#tasks.push(task);
  }

  /** From now on nothing reaches it until it wakes. */
  stall(): void {
    if (this.#state === 'running') this.#state = 'stalled';
  }

  /** Goes on with what waited. Alarms come in the order of their times, unless one before takes them back. */
  wake(order: WakeOrder = 'alarms-first'): void {
    if (this.#state !== 'stalled') return;
    this.#state = 'running';
    if (order === 'alarms-first') this.#fireLate();
    for (const task of this.#tasks.splice(0)) task();
    if (order === 'tasks-first') this.#fireLate();
  }

  /** Ends without a word: no alarm, no callback any more. */
  kill(): void {
    this.#state = 'dead';
    this.#lateAlarms.clear();
    this.#tasks.length = 0;
  }

  #fireLate(): void {
    for (const late of [...this.#lateAlarms].sort((a, b) => a.at - b.at)) {
      if (this.#lateAlarms.delete(late)) late.fire();
    }
  }
}
