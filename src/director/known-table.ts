import { agrees, follow } from '../core/ipvs/follow.js';
import { plan } from '../core/ipvs/plan.js';
import { reuse } from '../core/ipvs/reuse.js';
import type { ActualService, DesiredService, TableChange } from '../core/ipvs/table.js';
import type { Clock } from '../ports/clock.js';
import type { IpvsTable } from '../ports/ipvs.js';
import type { Failure } from '../values/failure.js';
import { parseServiceId, type ServiceKey, serviceId } from '../values/service-key.js';
import { between, type Duration, type Instant } from '../values/time.js';
import type { Owned } from './owned.js';

export interface KnownTableDeps {
  readonly clock: Clock;
  readonly table: IpvsTable;
  readonly owned: Owned;
  /** The services of the configuration, by id. */
  readonly keys: () => ReadonlyMap<string, ServiceKey>;
}

/** A service as it was read or changed last. */
interface Known {
  readonly key: ServiceKey;
  /** null: it is not in the table. */
  readonly service: ActualService | null;
  /** When it was read; null when it was changed since. */
  readonly readAt: Instant | null;
}

/** What is known of our services in the kernel's table: as they were last read, or changed by us since. */
export class KnownTable {
  readonly #deps: KnownTableDeps;
  readonly #known = new Map<string, Known>();

  constructor(deps: KnownTableDeps) {
    this.#deps = deps;
  }

  /** Those that stand in the table. */
  get services(): readonly ActualService[] {
    return [...this.#known.values()].flatMap(({ service }) => service ?? []);
  }

  has(id: string): boolean {
    return this.#known.has(id);
  }

  /** Rows that reading it gives. */
  rows(id: string): number {
    return 1 + (this.#known.get(id)?.service?.servers.length ?? 0);
  }

  /** Whether what is known of it is older than that, or a change has made it so. */
  isOlder(id: string, age: Duration, now: Instant): boolean {
    const readAt = this.#known.get(id)?.readAt ?? null;
    return readAt === null || between(readAt, now) > age;
  }

  /** The changes that lead from what is known of it to what is desired; undefined: it should not be there. */
  plan(id: string, desired: DesiredService | undefined): readonly TableChange[] {
    const actual = this.#known.get(id)?.service;
    if (desired !== undefined && agrees(desired, actual)) return [];
    return plan(desired === undefined ? [] : [desired], actual ? [actual] : [], this.#deps.owned.ids);
  }

  /** The kernel took all of these changes of one service. */
  took(id: string, key: ServiceKey, changes: readonly TableChange[]): void {
    this.#know(id, key, follow(this.#known.get(id)?.service ?? null, changes), null);
  }

  /** Reads the whole table, and knows nothing else from then on: what is not ours is left out. @returns all of it. */
  async readAll(): Promise<readonly ActualService[] | Failure> {
    const readAt = this.#deps.clock.now();
    const found = await this.#deps.table.dump();
    if ('code' in found) return found;
    this.#known.clear();
    const keys = this.#deps.keys();
    for (const [id, key] of keys) this.#know(id, key, null, readAt);
    for (const service of found) {
      const id = serviceId(service.key);
      if (keys.has(id) || this.#deps.owned.ids.has(id)) this.#know(id, service.key, service, readAt);
    }
    return found;
  }

  /** Reads these services. */
  async read(ids: readonly string[]): Promise<Failure | null> {
    const wanted = new Map<string, ServiceKey>();
    for (const id of ids) {
      const key = this.#deps.keys().get(id) ?? this.#known.get(id)?.key ?? parseServiceId(id);
      if (key !== null) wanted.set(id, key);
    }
    if (wanted.size === 0) return null;
    const readAt = this.#deps.clock.now();
    const found = await this.#deps.table.read([...wanted.values()]);
    if ('code' in found) return found;
    const standing = new Map(found.map((service) => [serviceId(service.key), service]));
    for (const [id, key] of wanted) {
      const now = standing.get(id);
      this.#know(id, key, now === undefined ? null : reuse(this.#known.get(id)?.service, now), readAt);
    }
    return null;
  }

  #know(id: string, key: ServiceKey, service: ActualService | null, readAt: Instant | null): void {
    // What neither stands nor is configured is nothing to remember.
    if (service === null && !this.#deps.keys().has(id)) this.#known.delete(id);
    else this.#known.set(id, { key, service, readAt });
  }
}
