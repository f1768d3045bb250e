import type { Ip } from '../values/ip.js';
import type { Finding } from './problem.js';
import type { Config } from './schema.js';

/** Sources of adverts that are on no interface of this machine, and peers that are this machine itself. */
export function unicastOnHost({ vrrp }: Config, interfaces: ReadonlyMap<string, readonly Ip[]>): Finding[] {
  const own = new Set([...interfaces.values()].flat());
  return vrrp.instances.flatMap((instance, i) => {
    const path = ['vrrp', 'instances', i];
    const here = interfaces.get(instance.interface) ?? [];
    const sources = [
      { address: instance.source, at: [...path, 'source'] },
      { address: instance.unicast?.source ?? null, at: [...path, 'unicast', 'source'] },
    ];
    const found = sources.flatMap(({ address, at }): Finding[] => {
      // An interface that is down tells of no address.
      if (address === null || here.length === 0 || here.includes(address)) return [];
      const message = `found ${address}, which is not on ${instance.interface}; allowed: ${here.join(', ')}`;
      return [{ path: at, message }];
    });
    for (const [j, { address }] of (instance.unicast?.peers ?? []).entries()) {
      if (!own.has(address)) continue;
      const message = `found ${address}, which is this host's own; allowed: addresses of the other routers`;
      found.push({ path: [...path, 'unicast', 'peers', j], message });
    }
    return found;
  });
}
