import { nearest } from './nearest.js';
import { type Finding, formatPath, type Path } from './problem.js';
import type { RawConfig } from './schema.js';

const OWNER = 255;

/** Names that no instance has, instances in two groups, and owners beside others. `known`: all names, sound or not. */
export function syncGroupFindings(
  { vrrp }: RawConfig,
  known: readonly string[],
  original: (path: Path) => Path,
): Finding[] {
  const homes = new Map<string, Path>();
  const names = new Map<string, Path>();
  return vrrp.sync_groups.flatMap((each, g) => {
    const path: Path = ['vrrp', 'sync_groups', g];
    const found: Finding[] = [];
    const first = names.get(each.name);
    if (first === undefined) names.set(each.name, path);
    else found.push({ path: [...path, 'name'], message: taken(each.name, 'the name of', original(first)) });
    each.instances.forEach((member, j) => {
      const at: Path = [...path, 'instances', j];
      const home = homes.get(member);
      if (!known.includes(member)) found.push({ path: at, message: unknown(member, known) });
      else if (home !== undefined) found.push({ path: at, message: taken(member, 'which stands in', original(home)) });
      else homes.set(member, path);
    });
    const members = vrrp.instances.filter((i) => each.instances.includes(i.name));
    const owner = members.find((i) => i.priority === OWNER);
    const other = members.find((i) => i.priority !== OWNER);
    if (owner !== undefined && other !== undefined) {
      const message =
        `found ${owner.name} with priority ${OWNER} beside ${other.name} with ${other.priority}, ` +
        'but an address owner cannot let go together with others; allowed: owners of their addresses only, or none';
      found.push({ path: [...path, 'instances'], message });
    }
    return found;
  });
}

const taken = (what: string, how: string, first: Path): string =>
  `found ${what}, ${how} ${formatPath(first)} already; allowed: ${how === 'the name of' ? 'each name once' : 'each instance in one group at most'}`;

function unknown(member: string, known: readonly string[]): string {
  const near = nearest(member, known);
  const meant = near === null ? '' : `, did you mean ${near}?`;
  const allowed = known.length === 0 ? 'none, as there are no instances' : known.join(', ');
  return `found ${member}, which is no instance${meant === '' ? ';' : meant} allowed: ${allowed}`;
}
