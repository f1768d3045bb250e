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
  #watched: ReadonlyMap<string, ReadonlyMap<Ip, Watched>>;
  readonly #open = new Map<string, { readonly index: number; readonly watch: ClaimWatch | null }>();
  /** The hardware addresses of this host: with one of them it is we who speak. */
  #own: ReadonlySet<string> = new Set();

  constructor(watched: readonly Watched[], claims: Claims, log: Log) {
    this.#watched = byInterface(watched);
    this.#claims = claims;
    this.#log = log;
  }

  /** Other addresses, or others to be told: only where an interface has other addresses is it watched anew. */
  reconfigure(watched: readonly Watched[]): void {
    const before = this.#watched;
    this.#watched = byInterface(watched);
    for (const [name, open] of this.#open) {
      const addresses = [...(this.#watched.get(name)?.keys() ?? [])];
      if (addresses.join() === [...(before.get(name)?.keys() ?? [])].join()) continue;
      open.watch?.close();
      this.#open.delete(name);
    }
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
      if (!this.#own.has(hardware)) this.#watched.get(name)?.get(address)?.contested(address, hardware);
    });
    if (!('code' in opened)) return opened;
    this.#log.warn(
      { interface: name, failure: opened },
      `no warning of address conflicts on ${name}: ${formatFailure(opened)}`,
    );
    return null;
  }
}

function byInterface(watched: readonly Watched[]): ReadonlyMap<string, ReadonlyMap<Ip, Watched>> {
  const found = new Map<string, Map<Ip, Watched>>();
  for (const each of watched) {
    const list = found.get(each.interface) ?? new Map<Ip, Watched>();
    found.set(each.interface, list.set(each.address, each));
  }
  return found;
}
