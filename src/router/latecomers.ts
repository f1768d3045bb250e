import type { AnnounceSettings } from '../core/vrrp/settings.js';
import type { VirtualAddress } from '../ports/addresses.js';
import type { Alarm } from '../ports/clock.js';
import type { Announcer } from '../ports/lan.js';
import { formatCidr } from '../values/ip.js';
import { after } from '../values/time.js';
import { Announcing, type AnnouncingDeps } from './announcing.js';

/** Addresses that a reload gives to a master: asked for beside those that stand, and announced by themselves. */
export class Latecomers {
  readonly #deps: AnnouncingDeps;
  readonly #announcing: Announcing;
  readonly #second: Alarm;
  readonly #waiting = new Map<string, VirtualAddress>();
  #times = 0;

  constructor(name: string, deps: AnnouncingDeps) {
    this.#deps = deps;
    this.#announcing = new Announcing(name, [], deps);
    this.#second = deps.alarms.alarm(() => this.#announcing.start(this.#times));
  }

  /** Where addresses are announced, by interface. */
  attach(announcers: ReadonlyMap<string, Announcer>): void {
    this.#announcing.attach(announcers);
  }

  /** They are asked for: that they do not stand yet is no theft. */
  expect(addresses: readonly VirtualAddress[]): void {
    for (const address of addresses) this.#waiting.set(formatCidr(address.cidr), address);
  }

  /** @param address in `formatCidr` form. */
  expected(address: string): boolean {
    return this.#waiting.has(address);
  }

  /** Those of a list that do not stand yet. */
  waiting(of: readonly VirtualAddress[]): VirtualAddress[] {
    return of.filter((each) => this.#waiting.has(formatCidr(each.cidr)));
  }

  /** They stand: two rounds, as of a new master's. */
  announce(name: string, addresses: readonly VirtualAddress[], { first, delay, second }: AnnounceSettings): void {
    this.#waiting.clear();
    if (addresses.length === 0) return;
    this.#announcing.follow(name, addresses);
    this.#announcing.start(first);
    this.#times = second;
    if (second > 0) this.#second.set(after(this.#deps.clock.now(), delay));
  }

  /** They are given back, or are asked for together with the others. */
  stop(): void {
    this.#waiting.clear();
    this.#announcing.stop();
    this.#second.clear();
  }

  close(): void {
    this.#announcing.close();
    this.#second.close();
  }
}
