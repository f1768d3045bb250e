import { desiredService, type Observed } from '../core/ipvs/desired.js';
import type { DesiredService } from '../core/ipvs/table.js';
import { apart } from '../values/alike.js';
import { type ServiceKey, serviceId } from '../values/service-key.js';
import type { ServiceModel } from './model.js';

/** The services of the configuration by their ids in the kernel, so that a few can be decided without all the others. */
export class ServiceIndex {
  readonly #current: () => readonly ServiceModel[];
  readonly #observed: Observed;
  #of: readonly ServiceModel[] | null = null;
  readonly #keys = new Map<string, ServiceKey>();
  readonly #models = new Map<string, ServiceModel>();

  /** @param current a reload gives another array */
  constructor(current: () => readonly ServiceModel[], observed: Observed) {
    this.#current = current;
    this.#observed = observed;
  }

  keys(): ReadonlyMap<string, ServiceKey> {
    this.#index();
    return this.#keys;
  }

  /** Those of these services that should be in the table, as they should be. */
  desired(ids: readonly string[]): DesiredService[] {
    this.#index();
    const wanted = new Map<ServiceModel, Set<string>>();
    for (const id of ids) {
      const model = this.#models.get(id);
      if (model === undefined) continue;
      const some = wanted.get(model);
      if (some === undefined) wanted.set(model, new Set([id]));
      else some.add(id);
    }
    // Of a group's keys only some may be asked for.
    return [...wanted].flatMap(([model, some]) => {
      const all = desiredService(model.spec, this.#observed);
      return all.length <= some.size ? all : all.filter(({ key }) => some.has(serviceId(key)));
    });
  }

  #index(): void {
    const current = this.#current();
    if (this.#of === current) return;
    const { left, right } = apart(this.#of ?? [], current);
    this.#of = current;
    for (const model of left) {
      for (const id of model.spec.keys.map(serviceId)) {
        this.#keys.delete(id);
        this.#models.delete(id);
      }
    }
    for (const model of right) {
      for (const key of model.spec.keys) {
        const id = serviceId(key);
        this.#keys.set(id, key);
        this.#models.set(id, model);
      }
    }
  }
}
