import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { after, millis } from '../values/time.js';

/** A kernel that has not answered by then is slow: people are told without waiting for it. */
const AT_LATEST = millis(10);

/**
 * What is told to people waits until what is told to the network is out: writing a log line and a message to the
 * director costs about as much as a whole takeover.
 */
export class Later {
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  #waiting: (() => void)[] = [];

  constructor(deps: { readonly clock: Clock; readonly alarms: Alarms }) {
    this.#clock = deps.clock;
    this.#alarm = deps.alarms.alarm(() => this.flush());
  }

  /** Is called in the order of the puts, at the next flush. */
  put(call: () => void): void {
    if (this.#waiting.length === 0) this.#alarm.set(after(this.#clock.now(), AT_LATEST));
    this.#waiting.push(call);
  }

  /** The moment has come. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    this.#alarm.clear();
    const calls = this.#waiting;
    this.#waiting = [];
    for (const call of calls) call();
  }

  /** Nothing may be put any more. */
  close(): void {
    this.flush();
    this.#alarm.close();
  }
}
