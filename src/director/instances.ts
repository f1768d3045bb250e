import type { InstanceStatus } from '../core/status.js';
import type { Channel, ToDirector, ToRouter } from '../ports/channel.js';
import type { Alarms, Clock } from '../ports/clock.js';
import { after, millis } from '../values/time.js';

/** The router answers at once, or it is gone: then what it said last is better than a client that waits. */
const ANSWER_WITHIN = millis(500);

/** The router's instances, as the director knows them. */
export class Instances {
  readonly #channel: Channel<ToRouter, ToDirector>;
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  #latest: readonly InstanceStatus[] = [];
  #waiting: (() => void)[] = [];

  constructor(deps: { channel: Channel<ToRouter, ToDirector>; clock: Clock; alarms: Alarms }) {
    this.#channel = deps.channel;
    this.#clock = deps.clock;
    this.#alarms = deps.alarms;
  }

  get latest(): readonly InstanceStatus[] {
    return this.#latest;
  }

  /** The router told them, asked or not. */
  hear(instances: readonly InstanceStatus[]): void {
    this.#latest = instances;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Asks the router: counters and who is master change without a message. Bounded; many askers share one question. */
  async ask(): Promise<void> {
    if (this.#waiting.length === 0 && !this.#channel.send({ kind: 'query' })) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        bound.close();
        resolve();
      };
      const bound = this.#alarms.alarm(() => {
        this.#waiting = this.#waiting.filter((waiting) => waiting !== done);
        done();
      });
      bound.set(after(this.#clock.now(), ANSWER_WITHIN));
      this.#waiting.push(done);
    });
  }
}
