import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { after, between, type Duration, type Instant, micros, seconds } from '../values/time.js';

/** After a refusal of the kernel, when it is asked again. */
const FIRST = seconds(5);
const LONGEST = seconds(60);
/** Who did well for so long after a retrial begins with short waits again. */
const CALM = seconds(60);

/**
 * Another try after something that only time, or an administrator, can mend. Each claim that fails may hold addresses
 * beside the other router's for a moment, so tries that fail one after another come more and more seldom.
 */
export class Retrial {
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  #wait: Duration = FIRST;
  #due: Instant | null = null;

  constructor(deps: { readonly clock: Clock; readonly alarms: Alarms }, again: () => void) {
    this.#clock = deps.clock;
    this.#alarm = deps.alarms.alarm(again);
  }

  /** It was refused: again after a while. */
  later(): void {
    const now = this.#clock.now();
    const soon = this.#due !== null && between(this.#due, now) < CALM;
    this.#wait = soon ? micros(Math.min(2 * this.#wait, LONGEST)) : FIRST;
    this.#due = after(now, this.#wait);
    this.#alarm.set(this.#due);
  }

  close(): void {
    this.#alarm.close();
  }
}
