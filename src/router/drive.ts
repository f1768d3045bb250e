import { initial, type Machine } from '../core/vrrp/machine.js';
import type { Alarm, Alarms, Preparation } from '../ports/clock.js';
import type { Lan } from '../ports/lan.js';
import { type Duration, type Instant, millis } from '../values/time.js';
import { preparationFor } from './claiming.js';
import type { Lateness } from './lateness.js';
import { Pulse } from './pulse.js';
import type { Speaker } from './speaker.js';

/** A master that is so late was stalled, and listens before it speaks. */
export const LATE = millis(10);

export interface DriveDeps {
  readonly alarms: Alarms;
  readonly speaker: Speaker;
  readonly lateness: Lateness;
  /** Between its adverts. */
  readonly interval: Duration;
  /** Makes ready for a claim that is near. */
  readonly prepare: (until: Instant) => void;
  /** The machine is to be asked. */
  readonly due: () => void;
}

/** The machine of one instance with what drives it: the alarm for its next moment, and who sends its adverts meanwhile. */
export class Drive {
  readonly #deps: DriveDeps;
  readonly #alarm: Alarm;
  readonly #pulse: Pulse;
  #takeover: Preparation;
  #machine: Machine = initial;
  #lan: Lan | null = null;
  #dueAt: Instant | null = null;
  #stopped = false;

  constructor(deps: DriveDeps) {
    const { alarms, speaker, lateness, interval, prepare, due } = deps;
    this.#deps = deps;
    this.#alarm = alarms.alarm(() => {
      this.#dueAt = null;
      due();
    });
    this.#pulse = new Pulse({ speaker, lateness, interval, late: LATE, due });
    this.#takeover = preparationFor(interval, prepare);
  }

  /** As it was when it was asked last: right for everything but the moment of the next advert. */
  get known(): Machine {
    return this.#machine;
  }

  /** As it is: with the adverts that went out by themselves. None does any more until the machine has been asked. */
  caughtUp(): Machine {
    this.#machine = this.#pulse.caughtUp(this.#machine);
    return this.#machine;
  }

  /** The same for somebody who decides nothing by it: no advert waits for him. */
  glance(): Machine {
    this.#machine = this.#pulse.glanced(this.#machine);
    return this.#machine;
  }

  /** The lan it speaks on; null while there is none. */
  get lan(): Lan | null {
    return this.#lan;
  }

  speakOn(lan: Lan | null): void {
    if (this.#lan === lan) return;
    this.#lan = lan;
    this.adopt(this.caughtUp());
  }

  /** Other adverts, or another interval, from now on. The machine is caught up. */
  renew(interval: Duration): void {
    this.#takeover = preparationFor(interval, this.#deps.prepare);
    this.#pulse.renew(interval);
  }

  /** Takes over a machine, and sees to its next moment. @returns what it was before. */
  adopt(machine: Machine): Machine {
    const before = this.#machine;
    this.#machine = machine;
    this.#arm();
    return before;
  }

  /** From its next state on nothing goes out, and nothing is due. */
  stop(): void {
    this.#stopped = true;
  }

  close(): void {
    this.#alarm.close();
  }

  #arm(): void {
    if (this.#stopped) {
      this.#pulse.end();
      return;
    }
    const due = this.#pulse.follow(this.#machine, this.#lan);
    if (due === this.#dueAt) return;
    this.#dueAt = due;
    if (due === null) this.#alarm.clear();
    else if (this.#machine.state.kind === 'backup') this.#alarm.set(due, this.#takeover);
    else this.#alarm.set(due);
  }
}
