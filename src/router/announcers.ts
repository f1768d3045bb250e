import type { Link } from '../ports/addresses.js';
import type { Announcer, Lans } from '../ports/lan.js';
import { formatFailure } from '../values/failure.js';
import type { InstanceSettings } from './settings.js';

/** Where addresses are announced: one socket for each interface that may carry one, opened anew with its interface. */
export class Announcers {
  #names: ReadonlySet<string>;
  readonly #lans: Lans;
  readonly #open = new Map<string, Announcer>();
  readonly #indexes = new Map<string, number>();
  /** Why there is none, readable, or null where all is well; for each interface that is there. */
  readonly failures = new Map<string, string | null>();

  constructor(settings: readonly InstanceSettings[], lans: Lans) {
    this.#names = namesIn(settings);
    this.#lans = lans;
  }

  /** Other addresses: what carries none any more is closed, what is new is opened by the next {@link follow}. */
  reconfigure(settings: readonly InstanceSettings[]): void {
    this.#names = namesIn(settings);
    for (const [name, announcer] of this.#open) {
      if (this.#names.has(name)) continue;
      announcer.close();
      this.#open.delete(name);
      this.#indexes.delete(name);
    }
    for (const name of this.failures.keys()) if (!this.#names.has(name)) this.failures.delete(name);
  }

  /** Opens and closes as interfaces come and go. @returns those that are open, the same map each time. */
  follow(links: readonly Link[]): ReadonlyMap<string, Announcer> {
    const indexes = new Map(links.map((link) => [link.name, link.index]));
    for (const name of this.#names) {
      const index = indexes.get(name);
      if (index === this.#indexes.get(name) && (index === undefined || this.#open.has(name))) continue;
      this.#open.get(name)?.close();
      this.#open.delete(name);
      this.#indexes.delete(name);
      this.failures.set(name, null);
      if (index !== undefined) this.#try(name, index);
    }
    return this.#open;
  }

  close(): void {
    for (const announcer of this.#open.values()) announcer.close();
    this.#open.clear();
    this.#indexes.clear();
  }

  #try(name: string, index: number): void {
    const opened = this.#lans.announcer(name);
    if ('code' in opened) {
      this.failures.set(name, formatFailure(opened));
      return;
    }
    this.failures.set(name, null);
    this.#indexes.set(name, index);
    this.#open.set(name, opened);
  }
}

const namesIn = (settings: readonly InstanceSettings[]): ReadonlySet<string> =>
  new Set(settings.flatMap((s) => s.addresses.map((a) => a.interface)));
