import { OWNER } from '../core/vrrp/settings.js';
import type { Clock } from '../ports/clock.js';
import type { Announcer } from '../ports/lan.js';
import { formatFailure } from '../values/failure.js';
import { formatCidr } from '../values/ip.js';
import type { Log } from '../values/log.js';
import type { Instant } from '../values/time.js';
import type { Holdings } from './holdings.js';
import type { Surroundings } from './instance-deps.js';
import type { InstanceSettings } from './settings.js';

export interface TenureDeps {
  readonly clock: Clock;
  readonly holdings: Holdings;
  readonly log: Log;
}

/** The addresses of one instance while it is master: asked for, announced, given back. */
export class Tenure {
  readonly #settings: InstanceSettings;
  readonly #deps: TenureDeps;
  #announcers: ReadonlyMap<string, Announcer> = new Map();
  #heldAt: Instant | null = null;

  constructor(settings: InstanceSettings, deps: TenureDeps) {
    this.#settings = settings;
    this.#deps = deps;
  }

  /** Since when the kernel has them all; null while it has not. */
  get heldAt(): Instant | null {
    return this.#heldAt;
  }

  /** Where addresses are announced, by interface. */
  attach(announcers: ReadonlyMap<string, Announcer>): void {
    this.#announcers = announcers;
  }

  /** @param settled told once: null when the kernel has them all, else what it refused. */
  hold(settled: (refusal: string | null) => void): void {
    this.#heldAt = null;
    this.#deps.holdings.add(this.#settings.addresses, (refusal) => {
      if (refusal === null) this.#heldAt = this.#deps.clock.now();
      settled(refusal);
    });
  }

  release(): void {
    this.#heldAt = null;
    if (this.#settings.priority === OWNER) return; // an owner's addresses are the host's own
    this.#deps.holdings.remove(this.#settings.addresses, (refusal) => {
      if (refusal === null) return;
      const fields = { instance: this.#settings.name, refusal };
      this.#deps.log.error(fields, `address stays although we are not master: ${refusal}`);
    });
  }

  announce(times: number): void {
    for (let i = 0; i < times; i += 1) {
      for (const { interface: name, cidr } of this.#settings.addresses) {
        const failure = this.#announcers.get(name)?.announce(cidr.address) ?? null;
        if (failure === null) continue;
        this.#deps.log.warn({ instance: this.#settings.name, failure }, formatFailure(failure));
        return;
      }
    }
  }

  /** Which of them do not stand. */
  missing({ standing }: Surroundings): string[] {
    return this.#settings.addresses.map((a) => formatCidr(a.cidr)).filter((a) => !standing.has(a));
  }
}
