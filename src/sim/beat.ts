import type { Alarm } from '../ports/clock.js';
import type { Beat, Rhythm } from '../ports/lan.js';
import { after, between, type Duration, micros } from '../values/time.js';
import type { SimProcess } from './process.js';

/** An advert that goes out by itself, on a process's own loop: while that is stalled nothing does. */
export class SimBeat implements Beat {
  readonly #process: SimProcess;
  readonly #rhythm: Rhythm;
  readonly #send: () => boolean;
  readonly #ended: () => void;
  readonly #alarm: Alarm;
  #next: Rhythm['at'];
  #sent = 0;
  #latest: Duration = micros(0);
  #worst: Duration = micros(0);

  /** @param send whether the kernel took it. */
  constructor(process: SimProcess, rhythm: Rhythm, send: () => boolean, ended: () => void) {
    this.#process = process;
    this.#rhythm = rhythm;
    this.#send = send;
    this.#ended = ended;
    this.#next = rhythm.at;
    this.#alarm = process.alarm(() => this.#due());
    this.#alarm.set(this.#next);
  }

  look() {
    return { next: this.#next, sent: this.#sent, latest: this.#latest, worst: this.#worst };
  }

  stop(): void {
    this.#alarm.close();
  }

  #due(): void {
    const late = between(this.#next, this.#process.now());
    if (late > this.#rhythm.late || !this.#send()) {
      this.#ended();
      return;
    }
    const { every } = this.#rhythm;
    this.#sent += 1;
    this.#latest = late;
    this.#worst = micros(Math.max(this.#worst, late));
    this.#next = after(this.#next, micros((Math.floor(late / every) + 1) * every));
    this.#alarm.set(this.#next);
  }
}
