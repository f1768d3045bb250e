import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { after, type Duration, formatDuration } from '../values/time.js';

/** Keeps all instances in INIT for a while after the start. */
export class StartupDelay {
  readonly #delay: Duration;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #wait: (waits: readonly string[]) => void;
  /** What instances wait for now. */
  waits: readonly string[] = [];

  /** @param wait told what instances wait for, or with nothing when that is over. */
  constructor(
    delay: Duration,
    deps: { readonly clock: Clock; readonly alarms: Alarms },
    wait: (waits: readonly string[]) => void,
  ) {
    this.#delay = delay;
    this.#clock = deps.clock;
    this.#wait = (waits) => {
      this.waits = waits;
      wait(waits);
    };
    this.#alarm = deps.alarms.alarm(() => this.#wait([]));
  }

  begin(): void {
    if (this.#delay === 0) return;
    this.#wait([`waits for startup_delay, ${formatDuration(this.#delay)} after the daemon's start`]);
    this.#alarm.set(after(this.#clock.now(), this.#delay));
  }

  close(): void {
    this.#alarm.close();
  }
}
