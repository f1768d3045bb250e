import type { LinkCondition } from '../core/vrrp/conditions.js';
import { OWNER } from '../core/vrrp/settings.js';
import type { Link } from '../ports/addresses.js';
import { formatCidr, type Ip } from '../values/ip.js';
import type { Instant } from '../values/time.js';
import type { Surroundings } from './instance-deps.js';
import type { InstanceSettings } from './settings.js';
import { sourceOf } from './source.js';

/** What the dump of all links means to one instance. `virtual`: every virtual address of any instance. */
export function surroundings(
  settings: InstanceSettings,
  links: readonly Link[],
  virtual: ReadonlySet<Ip>,
  readAt: Instant,
): Surroundings {
  const source = sourceOf(settings, links, virtual);
  return {
    link: condition(links, settings.interface),
    trackedLinks: settings.interfaces.map(({ name }) => condition(links, name)),
    source: source.address,
    noSource: source.fault,
    standing: standing(settings, links),
    readAt,
  };
}

function condition(links: readonly Link[], name: string): LinkCondition {
  const link = links.find((l) => l.name === name);
  if (link === undefined) return { name, state: 'missing' };
  if (!link.up) return { name, state: 'down' };
  return { name, state: link.running ? 'up' : 'no-carrier' };
}

/** An owner's prefix is the host's affair: there only the address counts. */
function standing(settings: InstanceSettings, links: readonly Link[]): ReadonlySet<string> {
  const owner = settings.priority === OWNER;
  const found = settings.addresses.filter((wanted) =>
    links
      .find((l) => l.name === wanted.interface)
      ?.addresses.some(
        (a) => a.cidr.address === wanted.cidr.address && (owner || a.cidr.prefix === wanted.cidr.prefix),
      ),
  );
  return new Set(found.map((a) => formatCidr(a.cidr)));
}
