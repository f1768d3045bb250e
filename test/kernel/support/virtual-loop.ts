import { KernelAlarms } from '../../../src/kernel/clock.js';
import type { Native } from '../../../src/kernel/native.js';
import type { Scheduled, VirtualClock } from '../../../src/sim/clock.js';
import { type Instant, instant, micros, after as plus } from '../../../src/values/time.js';

/** How long a turn of the loop lasts that does not sleep. */
export const TURN = micros(5);

/** The real alarms over a timerfd and a loop that are made of the virtual clock. */
export class VirtualLoop {
  /** When the timer went off. */
  readonly wakes: Instant[] = [];
  /** How often the loop was asked not to sleep. */
  turns = 0;
  readonly alarms: KernelAlarms;

  constructor(clock: VirtualClock) {
    const timer = (fire: () => void) => {
      let armed: Scheduled | null = null;
      const disarm = (): void => armed?.cancel();
      const arm = (at: number): void => {
        disarm();
        armed = clock.at(instant(at), () => {
          this.wakes.push(clock.now());
          fire();
        });
      };
      return { arm, disarm, close: disarm };
    };
    const native = { now: () => clock.now(), timer } as unknown as Native;
    this.alarms = new KernelAlarms(native, (call) => {
      this.turns += 1;
      clock.at(plus(clock.now(), TURN), call);
    });
  }
}
