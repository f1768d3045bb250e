import type { Channel, ToDirector, ToRouter } from '../ports/channel.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { Log } from '../values/log.js';
import { after, between, type Duration, type Instant, micros, millis, seconds, toSeconds } from '../values/time.js';

/** A started director process. */
export interface Child {
  readonly pid: number;
  readonly channel: Channel<ToDirector, ToRouter>;
  kill(): void;
  onExit(exited: (how: string) => void): void;
}

/** What the supervisor needs from outside. */
export interface SupervisorDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly start: () => Child;
  /** Without a ready director for so long, the router is told to resign. */
  readonly grace: Duration;
  readonly message: (message: ToRouter) => void;
  /** A director is ready: it wants the instances. */
  readonly ready: () => void;
  /** The grace is over (true), or a director is back (false). */
  readonly missing: (missing: boolean) => void;
}

const FIRST_WAIT = millis(100);
const LONGEST_WAIT = seconds(5);
/** A director that was well for so long starts the waits from the first again. */
const WELL_AFTER = seconds(10);
const PING_EVERY = seconds(1);
/**
 * A director that answers none of so many pings hangs, and is ended. Counted, not timed: after a stall of our own, or of
 * the whole host, its answers wait to be read while the clock says that it was silent for long.
 */
const HUNG_AFTER_PINGS = 10;
/** The same before its first word: on a busy host a start takes its time, and another one would take it again. */
const START_WITHIN_PINGS = 60;
const STOP_WITHIN = seconds(3);

/** Keeps one director process alive, beside the router and never in its way. */
export class Supervisor {
  readonly #deps: SupervisorDeps;
  readonly #restart: Alarm;
  readonly #grace: Alarm;
  readonly #ping: Alarm;
  #child: Child | null = null;
  #isReady = false;
  #missing = false;
  #stopping: (() => void) | null = null;
  #wait: Duration = FIRST_WAIT;
  #startedAt: Instant;
  #pings = 0;
  #unanswered = 0;
  #heard = false;
  #patience: Duration;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
    this.#patience = deps.grace;
    this.#startedAt = deps.clock.now();
    this.#restart = deps.alarms.alarm(() => this.#start());
    this.#grace = deps.alarms.alarm(() => this.#graceOver());
    this.#ping = deps.alarms.alarm(() => this.#onPing());
  }

  start(): void {
    this.#grace.set(after(this.#deps.clock.now(), this.#patience));
    this.#start();
  }

  /** Another grace, for the next time that it counts. */
  grant(grace: Duration): void {
    this.#patience = grace;
  }

  /** To the director, when there is one; a message that it does not take is dropped: it asks again when it is back. */
  send(message: ToDirector): boolean {
    return this.#child?.channel.send(message) ?? false;
  }

  /** Asks the director to end, ends it when it does not. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#restart.close();
    this.#grace.close();
    const child = this.#child;
    if (child !== null) {
      await new Promise<void>((resolve) => {
        this.#stopping = resolve;
        child.channel.send({ kind: 'stop' });
        this.#ping.set(after(this.#deps.clock.now(), STOP_WITHIN));
      });
    }
    this.#ping.close();
  }

  #start(): void {
    const now = this.#deps.clock.now();
    this.#startedAt = now;
    this.#isReady = false;
    this.#heard = false;
    this.#unanswered = 0;
    let child: Child;
    try {
      child = this.#deps.start();
    } catch (error) {
      this.#gone(null, error instanceof Error ? error.message : String(error));
      return;
    }
    this.#child = child;
    child.channel.onMessage((message) => {
      if (this.#child === child) this.#onMessage(message);
    });
    child.onExit((how) => {
      if (this.#child === child) this.#gone(child, how);
    });
    this.#ping.set(after(now, PING_EVERY));
  }

  #onMessage(message: ToRouter): void {
    this.#heard = true;
    this.#unanswered = 0;
    if (message.kind === 'ready') this.#onReady();
    if (message.kind === 'stopping' && this.#stopping !== null) {
      this.#ping.set(after(this.#deps.clock.now(), micros(message.within + STOP_WITHIN)));
    }
    if (message.kind === 'failed') this.#deps.log.error({ reason: message.reason }, 'director process cannot go on');
    this.#deps.message(message);
  }

  #onReady(): void {
    this.#isReady = true;
    this.#grace.clear();
    this.#deps.log.info({ director: this.#child?.pid }, 'director process is ready');
    this.#deps.ready();
    if (!this.#missing) return;
    this.#missing = false;
    this.#deps.missing(false);
  }

  #gone(child: Child | null, how: string): void {
    this.#child = null;
    this.#ping.clear();
    if (this.#stopping !== null) {
      this.#stopping();
      return;
    }
    const now = this.#deps.clock.now();
    if (this.#isReady && between(this.#startedAt, now) >= WELL_AFTER) this.#wait = FIRST_WAIT;
    // The grace counts from the moment a ready director went; further failed starts do not prolong it.
    if (this.#isReady) this.#grace.set(after(now, this.#patience));
    this.#isReady = false;
    const fields = { director: child?.pid, how, againInSeconds: toSeconds(this.#wait) };
    this.#deps.log.error(fields, 'director process ended: the router goes on, and starts it again');
    this.#restart.set(after(now, this.#wait));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT) as Duration;
  }

  #graceOver(): void {
    this.#missing = true;
    const grace = toSeconds(this.#patience);
    this.#deps.log.error({ grace }, 'director process did not come back within its grace: resigning');
    this.#deps.missing(true);
  }

  #onPing(): void {
    const child = this.#child;
    if (child === null) return;
    const patience = this.#heard ? HUNG_AFTER_PINGS : START_WITHIN_PINGS;
    if (this.#stopping !== null || this.#unanswered >= patience) {
      this.#deps.log.error({ director: child.pid }, 'director process does not answer: ending it');
      child.kill();
    } else {
      this.#pings += 1;
      this.#unanswered += 1;
      child.channel.send({ kind: 'ping', sequence: this.#pings });
    }
    this.#ping.set(after(this.#deps.clock.now(), PING_EVERY));
  }
}
