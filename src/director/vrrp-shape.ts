import type { Config, Instance } from '../config/schema.js';
import type { VrrpShape } from '../core/reload/vrrp.js';
import { familyOf } from '../values/ip.js';

/** What the router knows an instance by when the file changes. */
export function instanceKey({
  interface: name,
  virtual_addresses: addresses,
  virtual_router_id: id,
}: Instance): string {
  const [first] = addresses;
  return `${name} IPv${first === undefined ? 4 : familyOf(first.cidr.address)} ${id}`;
}

/** What of a configuration decides which instances cannot go on as they are. */
export const vrrpShape = ({ vrrp }: Config): VrrpShape => ({
  instances: vrrp.instances.map((instance) => ({
    key: instanceKey(instance),
    name: instance.name,
    version: instance.version,
    priority: instance.priority,
    virtualMac:
      instance.virtual_mac === null ? null : `${instance.virtual_mac.interface} ${instance.virtual_mac.adverts}`,
  })),
  groups: vrrp.sync_groups,
});
