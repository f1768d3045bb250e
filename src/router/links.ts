import type { LinkCondition } from '../core/vrrp/conditions.js';
import { OWNER } from '../core/vrrp/settings.js';
import type { Link } from '../ports/addresses.js';
import { formatCidr, type Ip } from '../values/ip.js';
import type { Instant } from '../values/time.js';
import type { Surroundings } from './instance-deps.js';
import { LinkIndex } from './link-index.js';
import type { InstanceSettings } from './settings.js';
import { sourceOf } from './source.js';

/** What the dump of all links means to one instance. `virtual`: every virtual address of any instance. */
export function surroundings(
  settings: InstanceSettings,
  links: readonly Link[],
  virtual: ReadonlySet<Ip>,
  readAt: Instant,
): Surroundings {
  const index = LinkIndex.of(links, virtual);
  const source = sourceOf(settings, index);
  return {
    link: condition(index, settings.interface),
    trackedLinks: settings.interfaces.map(({ name }) => condition(index, name)),
    source: source.address,
    noSource: source.fault,
    standing: standing(settings, index),
    readAt,
  };
}

function condition(index: LinkIndex, name: string): LinkCondition {
  const link = index.link(name);
  if (link === null) return { name, state: 'missing' };
  if (!link.up) return { name, state: 'down' };
  return { name, state: link.running ? 'up' : 'no-carrier' };
}

/** An owner's prefix is the host's affair: there only the address counts. */
function standing(settings: InstanceSettings, index: LinkIndex): ReadonlySet<string> {
  const owner = settings.priority === OWNER;
  const found = new Set<string>();
  for (const { interface: name, cidr } of settings.addresses) {
    const there = index.find(name, cidr.address);
    if (there.some((a) => owner || a.cidr.prefix === cidr.prefix)) found.add(formatCidr(cidr));
  }
  return found;
}
