import { z } from 'zod';
import { type Family, familyOf, type Ip } from '../values/ip.js';
import { mapping, oneOf, orNull } from './fields.js';
import { says } from './found.js';
import type { Finding } from './problem.js';
import { formatPath, type Path } from './problem.js';
import { interfaceName } from './scalars.js';

interface Asked {
  readonly interface: string | null;
  readonly adverts: 'virtual' | 'base' | null;
}

const switched = z
  .boolean({ error: says('true or false') })
  .transform((on): Asked | null => (on ? { interface: null, adverts: null } : null));

const detailed = mapping({
  interface: orNull(interfaceName()).describe(
    'The name of the interface that carries the MAC; it is made at the start and removed at the end. Default: `vrrp.VRID`, with IPv6 addresses `vrrp6.VRID`.',
  ),
  adverts: orNull(oneOf(['virtual', 'base'])).describe(
    'Which MAC adverts are sent with: `virtual` as the RFCs say, or `base`, the instance’s interface’s own. Default: virtual, to unicast peers base.',
  ),
});

/** `virtual_mac` of an instance. */
export const virtualMac = z
  .union([switched, detailed], { error: says('true, false, or a mapping with interface, adverts') })
  .prefault(false)
  .describe(
    'The addresses answer with the virtual router’s own MAC (00-00-5E-00-01-VRID, IPv6 00-00-5E-00-02-VRID), which moves with them: hosts keep what they know in a failover. It is carried by an interface of its own (macvlan) on the instance’s, where the addresses stand. The instance’s interface then answers ARP for its own addresses only (arp_ignore=1, arp_announce=2) until the end.',
  );

/** What an instance says of its virtual MAC, names filled in; null where it has none. */
export interface VirtualMacConfig {
  readonly interface: string;
  readonly adverts: 'virtual' | 'base';
}

/** Fills in what was left out. */
export function virtualMacOfInstance(instance: {
  readonly virtual_mac: Asked | null;
  readonly virtual_router_id: number;
  readonly virtual_addresses: readonly { readonly cidr: { readonly address: Ip } }[];
  readonly unicast?: unknown;
}): VirtualMacConfig | null {
  const { virtual_mac: asked, virtual_router_id: id, virtual_addresses: addresses } = instance;
  if (asked === null) return null;
  const family: Family = addresses[0] === undefined ? 4 : familyOf(addresses[0].cidr.address);
  return {
    interface: asked.interface ?? `vrrp${family === 4 ? '' : 6}.${id}`,
    adverts: asked.adverts ?? (instance.unicast == null ? 'virtual' : 'base'),
  };
}

interface Having {
  readonly interface: string;
  readonly priority: number;
  readonly virtual_mac: VirtualMacConfig | null;
  readonly unicast?: unknown;
}

/** Each such interface is one instance's alone; an owner's addresses are the host's own and have its own MAC. */
export function virtualMacFindings(instances: readonly Having[], original: (path: Path) => Path): Finding[] {
  const taken = new Map(instances.map((each) => [each.interface, 'which an instance speaks on already']));
  return instances.flatMap((instance, i): Finding[] => {
    const { virtual_mac: mac } = instance;
    if (mac === null) return [];
    const at: Path = ['vrrp', 'instances', i, 'virtual_mac'];
    const found: Finding[] = [];
    const why = taken.get(mac.interface);
    if (why !== undefined) {
      const message = `found the interface ${mac.interface}, ${why}; allowed: a name of its own, by virtual_mac: { interface: NAME }`;
      found.push({ path: at, message });
    }
    taken.set(mac.interface, `which ${formatPath(original(at))} has already`);
    if (instance.priority === 255) {
      const message =
        'found it with priority 255, but the addresses of their owner stand on its interface and answer with that one’s MAC; allowed: a priority of 1 to 254, or no virtual_mac';
      found.push({ path: at, message });
    }
    if (instance.unicast != null && mac.adverts === 'virtual') {
      const message = 'found virtual, but adverts to unicast peers go where the routes lead; allowed: base';
      found.push({ path: [...at, 'adverts'], message });
    }
    return found;
  });
}
