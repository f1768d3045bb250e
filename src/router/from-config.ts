import type { Config, Instance } from '../config/schema.js';
import type { InstanceSettings } from './settings.js';

/** The router's part of the configuration. */
export function instanceSettings(config: Config): InstanceSettings[] {
  const weights = new Map(config.track.scripts.map((script) => [script.name, script.weight]));
  return config.vrrp.instances.map((instance) => settings(instance, weights));
}

function settings(instance: Instance, weights: ReadonlyMap<string, number>): InstanceSettings {
  return {
    name: instance.name,
    interface: instance.interface,
    priority: instance.priority,
    vrrp: {
      virtualRouterId: instance.virtual_router_id,
      version: instance.version,
      family: 4,
      unicast: null,
      interval: instance.advert_int,
      preempt: instance.preempt,
      preemptDelay: instance.preempt_delay,
      auth: instance.auth.type === 'pass' ? { type: 'pass', password: instance.auth.pass } : { type: 'none' },
      checksum: instance.checksum ?? 'pseudo_header',
      addresses: instance.virtual_addresses.map((address) => address.cidr.address),
      announce: instance.garp,
    },
    addresses: [...instance.virtual_addresses, ...instance.excluded_addresses],
    ways: [...instance.routes, ...instance.rules],
    scripts: instance.track.scripts.map((name) => ({ name, weight: weights.get(name) ?? 0 })),
    interfaces: instance.track.interfaces,
  };
}
