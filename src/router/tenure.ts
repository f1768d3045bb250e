import { OWNER } from '../core/vrrp/settings.js';
import type { Announcer } from '../ports/lan.js';
import { formatCidr } from '../values/ip.js';
import type { Instant } from '../values/time.js';
import { Announcing } from './announcing.js';
import type { Estate } from './holdings.js';
import type { Surroundings } from './instance-deps.js';
import { Laying, type LayingDeps } from './laying.js';
import type { InstanceSettings } from './settings.js';

/** The addresses of one instance while it is master, and its routes and rules: asked for, announced, given back. */
export class Tenure {
  readonly #settings: InstanceSettings;
  readonly #deps: LayingDeps;
  readonly #estate: Estate;
  readonly #announcing: Announcing;
  readonly #laying: Laying;
  readonly #names: readonly string[];
  #heldAt: Instant | null = null;

  constructor(settings: InstanceSettings, deps: LayingDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const { name, addresses, ways = [], priority } = settings;
    this.#estate = { addresses, ways, owned: priority === OWNER };
    this.#announcing = new Announcing(name, addresses, deps);
    this.#laying = new Laying(name, this.#estate, deps);
    this.#names = addresses.map((a) => formatCidr(a.cidr));
  }

  /** What of its routes and rules the kernel refuses, readable. */
  get reasons(): readonly string[] {
    return this.#laying.reasons;
  }

  /** Since when the kernel has them all; null while it has not. */
  get heldAt(): Instant | null {
    return this.#heldAt;
  }

  /** Where addresses are announced, by interface. */
  attach(announcers: ReadonlyMap<string, Announcer>): void {
    this.#announcing.attach(announcers);
  }

  /** @param settled told once: null when the kernel has them all, else what it refused. */
  hold(settled: (refusal: string | null) => void): void {
    this.#heldAt = null;
    this.#deps.holdings.add(this.#estate, (refusal) => {
      if (refusal === null) this.#heldAt = this.#deps.clock.now();
      settled(refusal);
      if (this.#heldAt !== null) this.#laying.begin();
    });
  }

  /** They may be asked for some day; where that is known, nothing is to be done again. */
  foresee(): void {
    this.#deps.holdings.foresee(this.#estate);
  }

  /** Soon, before `until`, they will be asked for. */
  prepare(until: Instant): void {
    this.#deps.holdings.prepare(this.#estate, until);
  }

  /** Links, addresses or routes changed: what is missing of the routes and rules is laid again. */
  check(): void {
    if (this.#heldAt !== null) this.#laying.check();
  }

  release(): void {
    this.#heldAt = null;
    this.#announcing.stop();
    this.#laying.end();
    if (this.#estate.owned && this.#estate.ways.length === 0) return;
    this.#deps.holdings.remove(this.#estate, (refusal) => {
      if (refusal === null) return;
      const fields = { instance: this.#settings.name, refusal };
      this.#deps.log.error(fields, `something stays although we are not master: ${refusal}`);
    });
  }

  announce(times: number): void {
    this.#announcing.start(times);
  }

  close(): void {
    this.#announcing.close();
    this.#laying.close();
  }

  /** Which of them do not stand. */
  missing({ standing }: Surroundings): string[] {
    return standing.size === this.#names.length ? [] : this.#names.filter((name) => !standing.has(name));
  }
}
