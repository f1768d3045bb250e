import type { Link } from '../ports/addresses.js';
import type { Claims, ClaimWatch } from '../ports/claims.js';
import { formatFailure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';

/** One of our virtual addresses, and who is to know that another host claims it. */
export interface Watched {
  readonly interface: string;
  readonly address: Ip;
  contested(address: Ip, hardware: string): void;
}

/** Watches each interface that may carry a virtual address for other hosts that claim one. */
export class ClaimWatches {
  readonly #claims: Claims;
  readonly #log: Log;
  readonly #watched: ReadonlyMap<string, ReadonlyMap<Ip, Watched>>;
  readonly #open = new Map<string, { readonly index: number; readonly watch: ClaimWatch | null }>();
  /** The hardware addresses of this host: with one of them it is we who speak. */
  #own: ReadonlySet<string> = new Set();

  constructor(watched: readonly Watched[], claims: Claims, log: Log) {
    const byInterface = new Map<string, Map<Ip, Watched>>();
    for (const each of watched) {
      const list = byInterface.get(each.interface) ?? new Map<Ip, Watched>();
      byInterface.set(each.interface, list.set(each.address, each));
    }
    this.#watched = byInterface;
    this.#claims = claims;
    this.#log = log;
  }

  /** Opens and closes as interfaces come and go. */
  follow(links: readonly Link[]): void {
    this.#own = new Set(links.map((link) => link.mac));
    const indexes = new Map(links.map((link) => [link.name, link.index]));
    for (const [name, addresses] of this.#watched) {
      const index = indexes.get(name);
      const open = this.#open.get(name);
      if (open?.index === index) continue;
      open?.watch?.close();
      this.#open.delete(name);
      if (index !== undefined) this.#open.set(name, { index, watch: this.#watch(name, addresses) });
    }
  }

  close(): void {
    for (const { watch } of this.#open.values()) watch?.close();
    this.#open.clear();
  }

  /** Without it everything works but the warning: told once, and not tried again before the interface comes anew. */
  #watch(name: string, addresses: ReadonlyMap<Ip, Watched>): ClaimWatch | null {
    const opened = this.#claims.watch(name, [...addresses.keys()], (address, hardware) => {
      if (!this.#own.has(hardware)) addresses.get(address)?.contested(address, hardware);
    });
    if (!('code' in opened)) return opened;
    this.#log.warn(
      { interface: name, failure: opened },
      `no warning of address conflicts on ${name}: ${formatFailure(opened)}`,
    );
    return null;
  }
}
