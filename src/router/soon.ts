import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { after, type Duration, type Instant } from '../values/time.js';

/** Something that costs and that many ask for at once: done once for all of them, a little later. */
export class Soon {
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #delay: Duration;
  readonly #run: () => void;
  #at: Instant | null = null;
  #open = true;

  constructor(deps: { readonly clock: Clock; readonly alarms: Alarms }, delay: Duration, run: () => void) {
    this.#clock = deps.clock;
    this.#delay = delay;
    this.#run = run;
    this.#alarm = deps.alarms.alarm(() => this.now());
  }

  /** It will be done within the delay. */
  ask(): void {
    if (this.#at !== null || !this.#open) return;
    this.#at = after(this.#clock.now(), this.#delay);
    this.#alarm.set(this.#at);
  }

  /** It is done now, and with it what was asked for. */
  now(): void {
    if (this.#at !== null) this.#alarm.clear();
    this.#at = null;
    this.#run();
  }

  /** What was asked for and not done yet is left. */
  close(): void {
    this.#open = false;
    this.#alarm.close();
  }
}
