import type { Config } from '../config/schema.js';
import { serviceId } from '../core/ipvs/table.js';
import { same } from '../core/reload/differences.js';
import { pairServices, type ServicePair } from '../core/reload/ipvs.js';
import { alike, apart } from '../values/alike.js';
import { modelOf, type ServiceModel } from './model.js';
import type { Shaped } from './reload-plan.js';

/**
 * Another configuration's services. One that is configured as before is the same object as before: what is known of it
 * by its object goes on without a word, and ten thousand servers of which one changes cost what one costs.
 */
export function reshape(before: Shaped, config: Config): Shaped {
  const [then, now] = [before.config.ipvs.services, config.ipvs.services];
  const { head, tail } = alike(then, now);
  const known = new Map<string, number>();
  for (let at = head; at < then.length - tail; at += 1) known.set(then[at]?.name ?? '', at);
  const kept = now.slice(head, now.length - tail).map((service) => {
    const at = known.get(service.name);
    return at !== undefined && same(then[at], service) ? (before.services[at] ?? null) : null;
  });
  const changed = now.filter((_, i) => kept[i - head] === null);
  const made = modelOf({ ...config.ipvs, services: changed })[Symbol.iterator]();
  const between = kept.map((model) => model ?? (made.next().value as ServiceModel));
  const ends = [before.services.slice(0, head), before.services.slice(then.length - tail)] as const;
  return { config, services: [...ends[0], ...between, ...ends[1]] };
}

/** Which service of one is which of the other; those that both have, as the same objects, are left out. */
export function pairs(before: Shaped, after: Shaped): ServicePair<ServiceModel>[] {
  const keyed = (services: readonly ServiceModel[]) =>
    services.map((model) => ({ model, ids: model.spec.keys.map(serviceId) }));
  const { left, right } = apart(before.services, after.services);
  return pairServices(keyed(left), keyed(right)).map((pair) => ({
    before: pair.before?.model ?? null,
    after: pair.after?.model ?? null,
  }));
}
