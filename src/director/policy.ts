import type { Known } from '../core/ipvs/quorum.js';
import { policyOf, type ServiceSpec } from '../core/ipvs/spec.js';
import { type ActualService, serviceId } from '../core/ipvs/table.js';
import type { InstanceStatus } from '../core/status.js';
import type { ServiceModel } from './model.js';
import { SlowStart, type SlowStartDeps } from './slow-start.js';

/** What services depend on besides the health of their servers: time since a return, and who is master. */
export class Policy {
  readonly #slow: SlowStart;
  /** Services of the table as it was found; null before. */
  #found: ReadonlySet<string> | null = null;
  /** Instances that are master here; null until the router has told them. */
  #masters: ReadonlySet<string> | null = null;

  constructor(deps: SlowStartDeps) {
    this.#slow = new SlowStart(deps);
  }

  /** Health or overrides of a service's servers may have changed. */
  look(service: ServiceModel, known: Known): void {
    this.#slow.look(service, known);
  }

  /** These are all services that there are now. */
  keepOnly(services: readonly ServiceModel[]): void {
    this.#slow.keepOnly(services);
  }

  ramp(row: string): number {
    return this.#slow.ramp(row);
  }

  /** The table before our first change of it. */
  found(table: readonly ActualService[]): void {
    this.#found = new Set(table.map(({ key }) => serviceId(key)));
  }

  /** The router told its instances. @returns those of these services that come into the table or leave it by it. */
  heard(instances: readonly InstanceStatus[], services: readonly ServiceModel[]): readonly ServiceModel[] {
    const tied = services.filter(({ spec }) => policyOf(spec).onlyWhileMaster !== null);
    const before = tied.map(({ spec }) => this.wanted(spec));
    this.#masters = new Set(instances.filter(({ state }) => state === 'master').map(({ name }) => name));
    return tied.filter(({ spec }, i) => this.wanted(spec) !== before[i]);
  }

  /** Whether a service belongs into the table; until the router has told its instances, as the table was found. */
  wanted(spec: ServiceSpec): boolean {
    const { onlyWhileMaster } = policyOf(spec);
    if (onlyWhileMaster === null) return true;
    if (this.#masters !== null) return this.#masters.has(onlyWhileMaster);
    return spec.keys.some((key) => this.#found?.has(serviceId(key)) === true);
  }

  stop(): void {
    this.#slow.stop();
  }
}
