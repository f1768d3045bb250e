import type { Alarm } from '../ports/clock.js';
import type { Beat, Rhythm } from '../ports/lan.js';
import { after, between, type Duration, micros } from '../values/time.js';
import type { SimProcess } from './process.js';

/** An advert that goes out by itself, on a thread of a process: the loop may hang meanwhile, but not for too long. */
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
  #stopped = false;

  /** @param send whether the kernel took it. */
  constructor(process: SimProcess, rhythm: Rhythm, send: () => boolean, ended: () => void) {
    this.#process = process;
    this.#rhythm = rhythm;
    this.#send = send;
    this.#ended = ended;
    this.#next = rhythm.at;
    this.#alarm = process.pacer.alarm(() => this.#due());
    this.#alarm.set(this.#next);
  }

  look() {
    return { next: this.#next, sent: this.#sent, latest: this.#latest, worst: this.#worst };
  }

  /** Here nothing happens in the midst of a turn. */
  rest(): void {}

  /** Its lan is closed. */
  close(): void {
    if (this.#stopped) return;
    this.stop();
    queueMicrotask(() => this.#process.post(() => this.#ended()));
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.close();
  }

  #due(): void {
    const late = between(this.#next, this.#process.now());
    const { every, alone } = this.#rhythm;
    if (late > this.#rhythm.late || this.#process.silent > alone || !this.#send()) {
      this.#process.post(() => {
        if (!this.#stopped) this.#ended();
      });
      return;
    }
    this.#sent += 1;
    this.#latest = late;
    this.#worst = micros(Math.max(this.#worst, late));
    this.#next = after(this.#next, micros((Math.floor(late / every) + 1) * every));
    this.#alarm.set(this.#next);
  }
}
