import { OWNER } from '../core/vrrp/settings.js';
import type { VirtualAddress } from '../ports/addresses.js';
import type { Announcer } from '../ports/lan.js';
import { formatCidr } from '../values/ip.js';
import type { Instant } from '../values/time.js';
import { Announcing } from './announcing.js';
import { type EstateChange, estateChange } from './estate-change.js';
import type { Estate } from './holdings.js';
import type { Surroundings } from './instance-deps.js';
import { Latecomers } from './latecomers.js';
import { Laying, type LayingDeps } from './laying.js';
import type { InstanceSettings } from './settings.js';

/** The addresses of one instance while it is master, and its routes and rules: asked for, announced, given back. */
export class Tenure {
  #settings: InstanceSettings;
  readonly #deps: LayingDeps;
  #estate: Estate;
  readonly #announcing: Announcing;
  readonly #latecomers: Latecomers;
  readonly #laying: Laying;
  #names: readonly string[];
  #heldAt: Instant | null = null;
  /** Whom to tell of them, from when they are asked for until they are given back. */
  #settled: ((refusal: string | null) => void) | null = null;

  constructor(settings: InstanceSettings, deps: LayingDeps) {
    this.#settings = settings;
    this.#deps = deps;
    const { name, addresses } = settings;
    this.#estate = estateOf(settings);
    this.#announcing = new Announcing(name, addresses, deps);
    this.#latecomers = new Latecomers(name, deps);
    this.#laying = new Laying(name, this.#estate, deps);
    this.#names = addresses.map((a) => formatCidr(a.cidr));
  }

  /**
   * Other settings of the same instance. What is dropped of an estate that stands is given back, what is added is asked for,
   * and announced when it stands; the rest is not touched.
   * @param adopted they may stand from before our start.
   */
  follow(settings: InstanceSettings, adopted: boolean): void {
    const before = this.#estate;
    this.#settings = settings;
    const after = estateOf(settings);
    const change = estateChange(before, after);
    // The same record, as long as it says the same: what was made ready for it is kept.
    if (change.differ) this.#estate = after;
    const { name, addresses } = this.#settings;
    this.#names = addresses.map((a) => formatCidr(a.cidr));
    this.#announcing.follow(name, this.#estate.addresses);
    this.#laying.follow(name, this.#estate);
    if (change.differ && (adopted || this.#settled !== null)) this.#move(change);
  }

  #move({ dropped, added }: EstateChange): void {
    const estate = this.#estate;
    const gone = { ...dropped, owned: estate.owned };
    if (dropped.ways.length > 0 || (dropped.addresses.length > 0 && !estate.owned)) this.#giveBack(gone);
    if (this.#settled === null) return;
    if (this.#heldAt === null) {
      // What was asked for was the former estate.
      this.#ask(this.#settled);
      return;
    }
    const late = [...this.#latecomers.waiting(estate.addresses), ...added.addresses];
    // IPv4 may lose other addresses of a subnet with the one that came first: then all are asked for.
    const asked = dropped.addresses.length > 0 ? estate.addresses : late;
    if (asked.length > 0) this.#askMore(asked, late);
    else this.#laying.check();
  }

  #askMore(asked: readonly VirtualAddress[], late: readonly VirtualAddress[]): void {
    const estate = this.#estate;
    this.#latecomers.expect(late);
    this.#deps.holdings.add({ addresses: asked, ways: [], owned: estate.owned }, (refusal) => {
      if (estate !== this.#estate || this.#heldAt === null || this.#settled === null) return;
      if (refusal !== null) {
        this.#settled(refusal);
        return;
      }
      // What was read before may not have them yet.
      this.#heldAt = this.#deps.clock.now();
      this.#latecomers.announce(this.#settings.name, late, this.#settings.vrrp.announce);
      this.#laying.check();
    });
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
    this.#latecomers.attach(announcers);
  }

  /** @param settled told once: null when the kernel has them all, else what it refused. */
  hold(settled: (refusal: string | null) => void): void {
    this.#settled = settled;
    this.#ask(settled);
  }

  #ask(settled: (refusal: string | null) => void): void {
    const estate = this.#estate;
    this.#heldAt = null;
    this.#latecomers.stop();
    const prompt = this.#settings.vrrp.announce.first > 0 ? this.#announcing.prompt() : null;
    this.#deps.holdings.add(
      estate,
      (refusal) => {
        // Given back meanwhile, or asked for again: whoever asked last hears of it.
        if (estate !== this.#estate || settled !== this.#settled) return;
        if (refusal === null) this.#heldAt = this.#deps.clock.now();
        settled(refusal);
        if (this.#heldAt !== null) this.#laying.begin();
      },
      prompt,
    );
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
    this.#settled = null;
    this.#announcing.stop();
    this.#latecomers.stop();
    this.#laying.end();
    if (this.#estate.owned && this.#estate.ways.length === 0) return;
    this.#giveBack(this.#estate);
  }

  #giveBack(estate: Estate): void {
    this.#deps.holdings.remove(estate, (refusal) => {
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
    this.#latecomers.close();
    this.#laying.close();
  }

  /** Which of them do not stand. */
  missing({ standing }: Surroundings): string[] {
    if (standing.size === this.#names.length && this.#names.every((name) => standing.has(name))) return [];
    return this.#names.filter((name) => !standing.has(name) && !this.#latecomers.expected(name));
  }
}

const estateOf = ({ addresses, ways = [], priority }: InstanceSettings): Estate => ({
  addresses,
  ways,
  owned: priority === OWNER,
});
