import { advertised, isSteady } from '../core/vrrp/beat.js';
import { dueAt, type Machine } from '../core/vrrp/machine.js';
import type { Beat, Lan } from '../ports/lan.js';
import type { Ip } from '../values/ip.js';
import { type Duration, type Instant, instant, micros, millis } from '../values/time.js';
import type { Lateness } from './lateness.js';
import type { Speaker } from './speaker.js';

export interface PulseDeps {
  readonly speaker: Speaker;
  readonly lateness: Lateness;
  readonly interval: Duration;
  /** A master that is so late was stalled: it is asked. */
  readonly late: Duration;
  /** The machine is to be asked: no advert goes out by itself any more. */
  readonly due: () => void;
}

/** Who hangs for longer is replaced, about when others would have missed three adverts; none for a short pause. */
const ALONE = { adverts: 3, least: millis(300), most: millis(3_000) };

/**
 * Lets the lan send a steady master's adverts by itself. The machine learns of them before it is asked anything, and so
 * decides as if it had sent each.
 */
export class Pulse {
  readonly #deps: PulseDeps;
  #interval: Duration;
  #beat: Beat | null = null;
  /** What it was begun with. */
  #lan: Lan | null = null;
  #source: Ip | null = null;
  #priority = 0;
  /** It has ended by itself. */
  #over = false;
  /** As last seen. */
  #next = instant(0);
  #sent = 0;

  constructor(deps: PulseDeps) {
    this.#deps = deps;
    this.#interval = deps.interval;
  }

  /**
   * The machine as it would be had it sent by itself what went out meanwhile. Nothing more goes out until it has been
   * asked, in this turn of the loop.
   */
  caughtUp(machine: Machine): Machine {
    this.#beat?.rest();
    return this.glanced(machine);
  }

  /** The same for somebody who decides nothing by it: no advert waits for him. */
  glanced(machine: Machine): Machine {
    if (this.#beat === null) return machine;
    const { next, sent, latest, worst } = this.#beat.look();
    if (sent === this.#sent) return machine;
    this.#deps.speaker.went(sent - this.#sent);
    this.#deps.lateness.tell(latest, worst);
    this.#sent = sent;
    this.#next = next;
    return advertised(machine, next);
  }

  /**
   * Begins, goes on or ends, as the machine has it by now. What it is at the end of is not looked at any more: the
   * machine must be caught up.
   * @returns when the machine wants its timer besides.
   */
  follow(machine: Machine, lan: Lan | null): Instant | null {
    const { state, source, priority } = machine;
    const begin = lan?.beat;
    if (begin === undefined || source === null || !isSteady(state)) {
      this.end();
      return dueAt(state);
    }
    const same = lan === this.#lan && source === this.#source && priority === this.#priority;
    if (this.#beat === null || this.#over || !same || state.advertAt !== this.#next) {
      this.end();
      const { speaker, late } = this.#deps;
      const every = this.#interval;
      const alone = micros(Math.min(Math.max(ALONE.adverts * every, ALONE.least), ALONE.most));
      this.#lan = lan;
      this.#source = source;
      this.#priority = priority;
      this.#next = state.advertAt;
      this.#sent = 0;
      this.#over = false;
      this.#beat =
        lan?.beat?.(speaker.advertWith(priority), source, { at: state.advertAt, every, late, alone }, this.#ended) ??
        null;
    }
    return this.#beat === null ? dueAt(state) : (state.round?.at ?? null);
  }

  /** The adverts are others from now on: what goes out by itself ends, until it is told to go on. The machine is caught up. */
  renew(interval: Duration): void {
    this.end();
    this.#interval = interval;
  }

  end(): void {
    this.#beat?.stop();
    this.#beat = null;
  }

  readonly #ended = (): void => {
    this.#over = true;
    this.#deps.due();
  };
}
