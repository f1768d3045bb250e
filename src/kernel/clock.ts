import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { type Instant, instant } from '../values/time.js';
import { native as addon, type Native } from './native.js';

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

/** Alarms by timerfd: no rounding to milliseconds and no wheel, as node's own timers have. */
export class KernelAlarms implements Alarms {
  readonly #native: Native;

  constructor(native: Native = addon) {
    this.#native = native;
  }

  /** @throws SystemError when no descriptor is left. Keeps the process alive until it is closed. */
  alarm(fire: () => void): Alarm {
    const timer = this.#native.timer(fire);
    let open = true;
    return {
      set: (at) => {
        if (open) timer.arm(at);
      },
      clear: () => {
        if (open) timer.disarm();
      },
      close: () => {
        open = false;
        timer.close();
      },
    };
  }
}
