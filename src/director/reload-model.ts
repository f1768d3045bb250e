import type { Config } from '../config/schema.js';
import { serviceId } from '../core/ipvs/table.js';
import { same } from '../core/reload/differences.js';
import { pairServices, type ServicePair } from '../core/reload/ipvs.js';
import { modelOf, type ServiceModel } from './model.js';
import type { Shaped } from './reload-plan.js';

/**
 * Another configuration's services. One that is configured as before is the same object as before: what is known of it
 * by its object goes on without a word, and ten thousand servers of which one changes cost what one costs.
 */
export function reshape(before: Shaped, config: Config): Shaped {
  const known = new Map(before.config.ipvs.services.map((service, i) => [service.name, i]));
  const kept = config.ipvs.services.map((service) => {
    const at = known.get(service.name);
    const was = at === undefined ? undefined : before.config.ipvs.services[at];
    return at !== undefined && same(was, service) ? (before.services[at] ?? null) : null;
  });
  const changed = config.ipvs.services.filter((_, i) => kept[i] === null);
  const made = modelOf({ ...config.ipvs, services: changed })[Symbol.iterator]();
  return { config, services: kept.map((model) => model ?? (made.next().value as ServiceModel)) };
}

/** Which service of one is which of the other; those that both have, as the same objects, are left out. */
export function pairs(before: Shaped, after: Shaped): ServicePair<ServiceModel>[] {
  const keyed = ({ services }: Shaped, other: Shaped) => {
    const shared = new Set(other.services);
    return services.filter((s) => !shared.has(s)).map((model) => ({ model, ids: model.spec.keys.map(serviceId) }));
  };
  return pairServices(keyed(before, after), keyed(after, before)).map((pair) => ({
    before: pair.before?.model ?? null,
    after: pair.after?.model ?? null,
  }));
}
