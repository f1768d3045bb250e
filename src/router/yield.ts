import type { Event, Machine, State } from '../core/vrrp/machine.js';
import type { Log } from '../values/log.js';
import { between, type Instant, toSeconds } from '../values/time.js';

/** How giving mastership away went. */
export interface Gave {
  /** Another router has spoken, or this one is out for another reason; false: nobody has. */
  readonly relieved: boolean;
  readonly seconds: number;
}

export interface InstanceYieldDeps {
  readonly log: Log;
  /** Nobody is master, or somebody is again. */
  readonly changed: (event: { what: string; reason: string | null }) => void;
}

/** One instance's `directorctl failover`, from its machine's steps: since when, how it went, and whether anybody serves. */
export class InstanceYield {
  #name: string;
  readonly #deps: InstanceYieldDeps;
  #since: string | null = null;
  #begin: { readonly at: Instant; readonly done: (gave: Gave) => void } | null = null;
  #lonely = false;

  constructor(name: string, deps: InstanceYieldDeps) {
    this.#name = name;
    this.#deps = deps;
  }

  /** It has another name. */
  rename(name: string): void {
    this.#name = name;
  }

  /** Since when, ISO 8601; null when it is not held. */
  get since(): string | null {
    return this.#since;
  }

  /** It is held and no master is heard, since its down timer ran out. */
  get lonely(): boolean {
    return this.#lonely;
  }

  /** @param done told when a master was relieved, or was not; null where there is nothing to wait for. */
  held(since: string, at: Instant, done: ((gave: Gave) => void) | null): void {
    this.#since = since;
    this.#begin = done === null ? null : { at, done };
  }

  /** For status. */
  reasons(): string[] {
    if (this.#since === null) return [];
    const held = `failover by admin since ${this.#since}: stays backup until directorctl resume ${this.#name}`;
    return this.#lonely ? [held, 'no router is master: this one is held, and no other is heard'] : [held];
  }

  /** After each step of the machine. */
  follow(event: Event, before: State, { yielded, state }: Machine, now: Instant): void {
    if (this.#since === null) return;
    const alone = state.kind === 'backup' && state.heard === null;
    if (!yielded) {
      this.#since = null;
      this.#lonely = false;
    } else if (alone && event.kind === 'timer' && state !== before) this.#alone();
    else if (!alone && this.#lonely) this.#accompanied();
    // A member of a sync group lets go with the others, and then waits for its own successor.
    const waits = yielded && (state.kind === 'master' || (alone && !this.#lonely));
    if (!waits) this.#finish(yielded && !alone, now);
  }

  #finish(relieved: boolean, now: Instant): void {
    const begin = this.#begin;
    this.#begin = null;
    begin?.done({ relieved, seconds: toSeconds(between(begin.at, now)) });
  }

  #alone(): void {
    if (this.#lonely) return;
    this.#lonely = true;
    const reason = `held BACKUP by failover since ${this.#since}, and no other router is heard`;
    const what = `${this.#name} has no master: ${reason}; directorctl resume ${this.#name} takes it back`;
    this.#deps.log.error({ instance: this.#name, since: this.#since }, what);
    this.#deps.changed({ what: 'no master', reason });
  }

  #accompanied(): void {
    this.#lonely = false;
    this.#deps.log.info({ instance: this.#name }, `${this.#name} has a master again, or is out for another reason`);
  }
}
