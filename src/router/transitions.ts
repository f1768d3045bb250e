import { acknowledged, emptyLane, forgotten, handedOver, type Lane, put, unsent } from '../core/notify/lane.js';
import { type Change, type Subject, sanitize, type Transition } from '../core/notify/transition.js';
import type { LeftProcess, ToDirector, Told } from '../ports/channel.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { Log } from '../values/log.js';
import { after, type Duration, millis } from '../values/time.js';
import type { InstanceEvent } from './instance-deps.js';

/** The lane of the FIFO; a space keeps it apart from every subject's. */
export const FIFO_LANE = 'fifo';

/** The lane of the commands of one instance or group. */
export const laneOf = (subject: Subject, name: string): string => `${subject} ${name}`;

export interface TransitionsDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  /** To the director. @returns false when it was not taken. */
  readonly send: (message: ToDirector) => boolean;
}

/** An event that is a change of state. */
export type EnteringEvent = Pick<InstanceEvent, 'reason'> & { readonly entered: NonNullable<InstanceEvent['entered']> };

/** What an instance's event is for those who want to be told: the end of the service, the machine's `init`, is a stop. */
export function changeOf(name: string, event: EnteringEvent, time: string): Change {
  const { reason, entered } = event;
  const { from, to, priority } = entered;
  return { subject: 'instance', name, from, to: to === 'init' ? 'stop' : to, priority, reason, time };
}

/** So many wait for one subject's commands, and for the FIFO; beyond that, intermediate ones are folded. */
const BOUND = 64;
const FIFO_BOUND = 4_096;
/** So many lines of the FIFO may be on their way to the director; commands run one after the other. */
const FIFO_WINDOW = 64;
/** When there was no director, or its channel was full. */
const RETRY_AFTER = millis(200);

/**
 * What is to be told of changes of state, until the director has told it: numbered, kept over the director's restarts,
 * bounded. A director that takes over gets again what the one before did not acknowledge: at least once, in order.
 */
export class Transitions {
  readonly #deps: TransitionsDeps;
  readonly #lanes = new Map<string, Lane>();
  /** The command of the lane's first transition that runs: a new director ends it before it runs it again. */
  readonly #running = new Map<string, { readonly sequence: number; readonly process: LeftProcess }>();
  readonly #retry: Alarm;
  /** How many were folded in each lane since something of it was told. */
  readonly #folded = new Map<string, number>();
  /** What people were told of last, by lane and subject. */
  readonly #standing = new Map<string, Told>();
  /** The director that is there does not know what stands. */
  #fresh = false;
  #sequence = 0;
  #over = false;
  #idle: (() => void)[] = [];

  /** Lanes that nobody wants any more, until what waits there is told. */
  readonly #retired = new Set<string>();

  /** @param lanes those that somebody wants: laneOf(…) and FIFO_LANE; others keep nothing. */
  constructor(lanes: Iterable<string>, deps: TransitionsDeps) {
    this.#deps = deps;
    for (const lane of lanes) this.#lanes.set(lane, emptyLane);
    this.#retry = deps.alarms.alarm(() => this.#pumpAll());
  }

  /** Other lanes. What waits in one that goes is told first, by the director that has its commands. */
  reconfigure(lanes: Iterable<string>): void {
    const wanted = new Set(lanes);
    for (const name of this.#lanes.keys()) if (!wanted.has(name)) this.#retired.add(name);
    for (const name of wanted) {
      this.#retired.delete(name);
      if (!this.#lanes.has(name)) this.#lanes.set(name, emptyLane);
    }
    for (const name of [...this.#retired]) this.#retire(name);
  }

  #retire(name: string): void {
    if (!this.#retired.has(name) || (this.#lanes.get(name)?.waiting.length ?? 0) > 0) return;
    this.#retired.delete(name);
    this.#lanes.delete(name);
    for (const [key, told] of this.#standing) if (told.lane === name) this.#standing.delete(key);
  }

  /** A state was entered. */
  put(change: Change): void {
    this.#sequence += 1;
    const reason = change.reason === null ? null : sanitize(change.reason);
    const transition: Transition = { ...change, reason, sequence: this.#sequence, folded: 0 };
    for (const name of [FIFO_LANE, laneOf(change.subject, change.name)]) {
      const lane = this.#lanes.get(name);
      if (lane === undefined || this.#retired.has(name)) continue;
      const { lane: next, folded } = put(lane, transition, name === FIFO_LANE ? FIFO_BOUND : BOUND);
      this.#lanes.set(name, next);
      if (folded > 0) this.#warn(name, folded, next, change);
      this.#pump(name);
    }
  }

  /** A director is ready. It has nothing yet, whatever the one before had. */
  resend(): void {
    for (const [name, lane] of this.#lanes) this.#lanes.set(name, forgotten(lane));
    this.#fresh = true;
    this.#pumpAll();
  }

  /** The director runs the command of a transition. */
  telling(lane: string, sequence: number, process: LeftProcess): void {
    this.#running.set(lane, { sequence, process });
  }

  /** The director is done with a transition. */
  told(name: string, sequence: number): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    this.#running.delete(name);
    this.#folded.delete(name);
    const { lane: rest, done } = acknowledged(lane, sequence);
    this.#lanes.set(name, rest);
    for (const transition of done) {
      this.#standing.set(`${name} ${transition.subject} ${transition.name}`, { lane: name, transition });
    }
    this.#pump(name);
    this.#retire(name);
    if (this.#idle.length > 0 && this.waiting === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** How many are not told yet. */
  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, lane) => sum + lane.waiting.length, 0);
  }

  /** Resolves when all is told, or after a time without; then one line says what was not. */
  async settle(within: Duration): Promise<void> {
    if (this.waiting > 0) {
      await new Promise<void>((resolve) => {
        const bound = this.#deps.alarms.alarm(() => done());
        const done = (): void => {
          bound.close();
          resolve();
        };
        bound.set(after(this.#deps.clock.now(), within));
        this.#idle.push(done);
      });
    }
    this.#over = true;
    this.#retry.close();
    for (const [name, lane] of this.#lanes) {
      const untold = lane.waiting.map((t) => `${t.name} ${t.to}`);
      if (untold.length === 0) continue;
      const some = untold.slice(0, 5).join(', ') + (untold.length > 5 ? ` and ${untold.length - 5} more` : '');
      this.#deps.log.error({ notify: name, untold: untold.length }, `not told before the stop: ${some}`);
    }
  }

  /** At the first, and whenever there are twice as many: a flapping link must not fill the log. */
  #warn(name: string, more: number, { waiting }: Lane, { to }: Change): void {
    const before = this.#folded.get(name) ?? 0;
    const folded = before + more;
    this.#folded.set(name, folded);
    if (to !== 'stop' && Math.floor(Math.log2(before)) === Math.floor(Math.log2(folded))) return;
    const fields = { notify: name, folded, waiting: waiting.length };
    const why = to === 'stop' ? 'the service stops' : 'too many waited';
    this.#deps.log.warn(fields, `${name}: intermediate changes of state are not told (${folded}), because ${why}`);
  }

  #pumpAll(): void {
    if (!this.#tellStanding()) return;
    for (const name of this.#lanes.keys()) if (!this.#pump(name)) return;
  }

  /** Before anything else, so that numbers only grow. @returns false: nobody takes it. */
  #tellStanding(): boolean {
    if (!this.#fresh) return true;
    const told = [...this.#standing.values()];
    if (this.#over || (told.length > 0 && !this.#deps.send({ kind: 'standing', told }))) {
      if (!this.#over) this.#retry.set(after(this.#deps.clock.now(), RETRY_AFTER));
      return false;
    }
    this.#fresh = false;
    return true;
  }

  /** Sends what of one lane may go: a change costs the same with one instance as with 255. @returns false: nobody takes it. */
  #pump(name: string): boolean {
    if (!this.#tellStanding()) return false;
    for (const transition of unsent(this.#lanes.get(name) ?? emptyLane, name === FIFO_LANE ? FIFO_WINDOW : 1)) {
      const running = this.#running.get(name);
      const left = running?.sequence === transition.sequence ? running.process : null;
      if (this.#over) return false;
      if (!this.#deps.send({ kind: 'transition', lane: name, transition, left })) {
        this.#retry.set(after(this.#deps.clock.now(), RETRY_AFTER));
        return false;
      }
      this.#lanes.set(name, handedOver(this.#lanes.get(name) ?? emptyLane));
    }
    return true;
  }
}
