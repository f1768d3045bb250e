import type { Alarms, Clock } from '../ports/clock.js';
import { after, between, type Instant, micros, millis } from '../values/time.js';

/** So much of a long work is done in one turn of the loop, and no longer than that: adverts come in between. */
const AT_ONCE = 8;
const BUDGET = millis(1);

/** Cuts a long work into turns. */
export class Turns {
  readonly #deps: { readonly clock: Clock; readonly alarms: Alarms };
  #left = AT_ONCE;
  #began: Instant;

  constructor(deps: { readonly clock: Clock; readonly alarms: Alarms }) {
    this.#deps = deps;
    this.#began = deps.clock.now();
  }

  /** Before each piece. Resolves at once, or in a later turn of the loop. */
  async breathe(): Promise<void> {
    const { clock, alarms } = this.#deps;
    this.#left -= 1;
    if (this.#left > 0 && between(this.#began, clock.now()) < BUDGET) return;
    await new Promise<void>((resolve) => {
      const alarm = alarms.alarm(() => {
        alarm.close();
        resolve();
      });
      alarm.set(after(clock.now(), micros(0)));
    });
    this.#left = AT_ONCE;
    this.#began = clock.now();
  }
}
