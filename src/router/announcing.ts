import type { Prompt, VirtualAddress } from '../ports/addresses.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { Announcer } from '../ports/lan.js';
import { type Failure, formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { after, type Duration, micros, millis } from '../values/time.js';

/** So many announcements leave in one turn of the loop: less than a millisecond, so that no advert waits for long. */
const SLICE = 64;
/** A queue that was full has room again after this. */
const PAUSE = millis(10);
/** So often a full queue is tried again; an interface that takes nothing for so long has other troubles. */
const PATIENCE = 20;
/** The first round is not done unasked later than this after the addresses were asked for: we may be backup again. */
const PROMPT = millis(2);
const FULL = ['ENOBUFS', 'EAGAIN'];

export interface AnnouncingDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
}

/**
 * Announces a list of addresses some times over, a slice in a turn: with a thousand addresses, five times each, the loop
 * would be held up for as long as several adverts take. Every address is announced once before one is a second time.
 */
export class Announcing {
  #name: string;
  #addresses: readonly VirtualAddress[];
  readonly #deps: AnnouncingDeps;
  readonly #alarm: Alarm;
  #announcers: ReadonlyMap<string, Announcer> = new Map();
  #rounds = 0;
  #next = 0;
  #impatience = 0;
  /** The first round of the next start was done already. */
  #begun = false;
  /** Interfaces that refused, and so have been told of; left out until the next announcement. */
  readonly #refused = new Set<string>();

  constructor(name: string, addresses: readonly VirtualAddress[], deps: AnnouncingDeps) {
    this.#name = name;
    this.#addresses = addresses;
    this.#deps = deps;
    this.#alarm = deps.alarms.alarm(() => this.#slice());
  }

  /** Where addresses are announced, by interface. */
  attach(announcers: ReadonlyMap<string, Announcer>): void {
    this.#announcers = announcers;
  }

  /** Another name, or other addresses: what is under way goes on with these. */
  follow(name: string, addresses: readonly VirtualAddress[]): void {
    this.#name = name;
    this.#addresses = addresses;
    if (this.#next >= addresses.length) this.#next = 0;
  }

  /**
   * The first round, for whoever knows sooner than we that the addresses stand; done by him, it is left out of the next
   * `start`. Null where that cannot be.
   */
  prompt(): Prompt | null {
    this.#begun = false;
    if (this.#addresses.length > SLICE) return null;
    const announcements = this.#addresses.map((a) => this.#announcers.get(a.interface)?.written?.(a.cidr.address));
    if (!announcements.every((each) => each !== null && each !== undefined)) return null;
    const done = (): void => {
      this.#begun = true;
    };
    return { announcements, until: after(this.#deps.clock.now(), PROMPT), done };
  }

  /** Begins at once. What is under way begins anew, with as many rounds as are left of either. */
  start(times: number): void {
    this.#rounds = Math.max(this.#rounds, this.#begun ? times - 1 : times);
    this.#begun = false;
    this.#next = 0;
    this.#impatience = 0;
    this.#refused.clear();
    this.#slice();
  }

  /** The addresses are no longer ours to announce. */
  stop(): void {
    this.#rounds = 0;
    this.#begun = false;
    this.#alarm.clear();
  }

  close(): void {
    this.#rounds = 0;
    this.#alarm.close();
  }

  #slice(): void {
    for (let sent = 0; sent < SLICE && this.#rounds > 0; sent += 1) {
      const address = this.#addresses[this.#next];
      const failure = address === undefined ? null : this.#announce(address);
      if (failure !== null && FULL.includes(failure.code) && this.#impatience < PATIENCE) {
        this.#impatience += 1;
        this.#again(PAUSE);
        return;
      }
      this.#impatience = 0;
      if (failure !== null && address !== undefined) this.#refuse(address.interface, failure);
      this.#next += 1;
      if (this.#next < this.#addresses.length) continue;
      this.#next = 0;
      this.#rounds -= 1;
    }
    if (this.#rounds > 0) this.#again(micros(0));
  }

  #announce(address: VirtualAddress): Failure | null {
    if (this.#refused.has(address.interface)) return null;
    return this.#announcers.get(address.interface)?.announce(address.cidr.address) ?? null;
  }

  #refuse(interfaceName: string, failure: Failure): void {
    this.#refused.add(interfaceName);
    this.#deps.log.warn({ instance: this.#name, failure }, formatFailure(failure));
  }

  #again(pause: Duration): void {
    this.#alarm.set(after(this.#deps.clock.now(), pause));
  }
}
