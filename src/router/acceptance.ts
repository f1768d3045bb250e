import { OWNER } from '../core/vrrp/settings.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { PacketFilter } from '../ports/packet-filter.js';
import { type Failure, formatFailure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';
import { after, seconds } from '../values/time.js';
import type { InstanceSettings } from './settings.js';

export interface AcceptanceDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly packetFilter?: PacketFilter | null;
  /** What {@link Acceptance.reason} says is another thing now. */
  readonly changed: () => void;
}

/** How often it is looked whether the filter still stands. */
const LOOK_EVERY = seconds(5);

/**
 * Keeps the host from taking packets for the addresses of instances that do not accept (vrrp-checklist 31). The filter stands from
 * start to end: while another router is master the addresses are not the host's, and it says nothing. So no moment of
 * mastership is without it, and a takeover waits for nothing.
 */
export class Acceptance {
  readonly #deps: AcceptanceDeps;
  #refusing: ReadonlySet<string> = new Set();
  #addresses: readonly Ip[] = [];
  readonly #look: Alarm;
  #stands = false;
  #trouble: string | null = null;
  #working: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(settings: readonly InstanceSettings[], deps: AcceptanceDeps) {
    this.#deps = deps;
    this.#take(settings);
    this.#look = deps.alarms.alarm(() => this.start());
  }

  /** Other instances: a filter that says something else is put in the place of the old one, one that says nothing goes. */
  reconfigure(settings: readonly InstanceSettings[]): void {
    const before = this.#addresses;
    this.#take(settings);
    if (this.#stopped || before.join() === this.#addresses.join()) return;
    this.#look.clear();
    this.#working = this.#working.then(async () => {
      if (this.#addresses.length > 0) {
        this.#stands = false;
        await this.#keep();
      } else if (this.#stands) await this.#remove();
    });
  }

  #take(settings: readonly InstanceSettings[]): void {
    // An owner's addresses are the host's own.
    const refusing = settings.filter((s) => s.accept === false && s.priority !== OWNER);
    this.#refusing = new Set(refusing.map((s) => s.name));
    this.#addresses = [...new Set(refusing.flatMap((s) => s.addresses.map((a) => a.cidr.address)))];
  }

  /** Puts the filter in place, and looks after it from then on. */
  start(): void {
    if (this.#stopped || this.#addresses.length === 0) return;
    this.#working = this.#working.then(() => this.#keep());
  }

  /** Why an instance's packets are taken although they should not be, readable; null where all is well. */
  reason(instance: string): string | null {
    return this.#trouble !== null && this.#refusing.has(instance) ? this.#trouble : null;
  }

  /** Removes the filter. Resolves when the kernel has done it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#look.close();
    await this.#working;
    if (this.#stands) await this.#remove();
  }

  async #remove(): Promise<void> {
    const failure = await this.#ask((filter) => filter.remove());
    this.#stands = failure !== null;
    if (failure !== null) this.#deps.log.error({ failure }, `the packet filter stays: ${formatFailure(failure)}`);
  }

  async #keep(): Promise<void> {
    if (this.#addresses.length === 0) return;
    if (!this.#stands || (await this.#removed())) {
      const failure = await this.#ask((filter) => filter.install(this.#addresses));
      this.#stands = failure === null;
      this.#tell(failure);
    }
    if (!this.#stopped) this.#look.set(after(this.#deps.clock.now(), LOOK_EVERY));
  }

  async #removed(): Promise<boolean> {
    // Where that cannot be told, the next look may.
    const removed = (await this.#ask((filter) => filter.stands())) === false;
    if (removed) this.#deps.log.warn({}, 'the packet filter for accept: false was removed by somebody else: put back');
    return removed;
  }

  #tell(failure: Failure | null): void {
    const trouble =
      failure === null ? null : `accept: false is not enforced, this host takes packets: ${formatFailure(failure)}`;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (failure === null) this.#deps.log.info({}, 'accept: false is enforced again');
    else this.#deps.log.error({ failure }, trouble ?? '');
    this.#deps.changed();
  }

  async #ask<T>(work: (filter: PacketFilter) => Promise<T>): Promise<T | Failure> {
    const { packetFilter } = this.#deps;
    if (packetFilter == null) return { what: 'packet-filter', code: 'not-wired', detail: 'the router has none' };
    try {
      return await work(packetFilter);
    } catch (error) {
      const code = error instanceof Error ? error.message : String(error);
      return { what: 'packet-filter', code, detail: 'asking the kernel' };
    }
  }
}
