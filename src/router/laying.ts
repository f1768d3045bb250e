import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { describeWay } from '../ports/routes.js';
import { formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { after, seconds } from '../values/time.js';
import type { Estate, Holdings, Laid } from './holdings.js';

/** After a refusal of the kernel, when it is asked again; a change of links or addresses asks as well. */
const RETRY_AFTER = seconds(5);

export interface LayingDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly holdings: Holdings;
  readonly log: Log;
  /** Something that people want to hear of, or null where only the reasons changed. */
  readonly told: (event: { readonly what: string; readonly reason: string } | null) => void;
}

/**
 * The routes and rules of one master. The kernel drops them by itself with their link or address, and others may remove
 * them: they are put back. One that is refused is no fault, since the addresses are served all the same: the reason
 * stands in the status, and it is tried again.
 */
export class Laying {
  #name: string;
  #estate: Estate;
  readonly #deps: LayingDeps;
  readonly #retry: Alarm;
  #mine = false;
  /** Before the first answer nothing can have been lost. */
  #first = true;
  #refused: readonly string[] = [];

  constructor(name: string, estate: Estate, deps: LayingDeps) {
    this.#name = name;
    this.#estate = estate;
    this.#deps = deps;
    this.#retry = deps.alarms.alarm(() => this.check());
  }

  /** What the kernel refuses, readable. */
  get reasons(): readonly string[] {
    return this.#refused;
  }

  /** The addresses stand: the ways follow. */
  begin(): void {
    this.#mine = true;
    this.check();
  }

  /** One of them may be gone, or possible now. */
  check(): void {
    if (!this.#mine) return;
    const estate = this.#estate;
    this.#deps.holdings.lay(estate, (laid) => {
      if (this.#mine && estate === this.#estate) this.#heard(laid);
    });
  }

  /** Another name, or others; those that are not there yet are laid by the next {@link check}. */
  follow(name: string, estate: Estate): void {
    this.#name = name;
    if (estate === this.#estate) return;
    this.#estate = estate;
    this.#first = true;
    if (estate.ways.length > 0) return;
    this.#refused = [];
    this.#retry.clear();
  }

  /** No longer master: whoever removes the estate removes them. */
  end(): void {
    this.#mine = false;
    this.#first = true;
    this.#refused = [];
    this.#retry.clear();
  }

  close(): void {
    this.#mine = false;
    this.#retry.close();
  }

  #heard({ added, refused }: Laid): void {
    const { log, clock, told } = this.#deps;
    const before = this.#refused;
    this.#refused = refused.map((failure) => `not laid: ${formatFailure(failure)}`);
    const fields = { instance: this.#name };
    for (const reason of this.#refused) if (!before.includes(reason)) log.warn({ ...fields, reason }, reason);
    if (before.length > 0 && refused.length === 0) log.info(fields, 'all routes and rules stand');
    // Those that were refused before stand now for the first time.
    if (!this.#first && before.length === 0 && added.length > 0) {
      const back = added.map(describeWay).join(', ');
      log.warn({ ...fields, back }, `${back} was gone: put back`);
      told({ what: 'route restored', reason: `${back} was gone` });
    } else if (before.join() !== this.#refused.join()) told(null);
    this.#first = false;
    if (refused.length > 0) this.#retry.set(after(clock.now(), RETRY_AFTER));
  }
}
