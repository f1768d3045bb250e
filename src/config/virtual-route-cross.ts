import { formatCidr } from '../values/ip.js';
import type { Finding, Path } from './problem.js';
import type { RawConfig } from './schema.js';

type Instance = RawConfig['vrrp']['instances'][number];

/** What tells a route from others for the kernel; a rule likewise, without the table it leads to. */
const routeKey = (r: Instance['routes'][number]): string =>
  [`route ${formatCidr(r.to)}`, `table ${r.table}`, `metric ${r.metric ?? 'default'}`].join(', ');
const ruleKey = ({ table: _, from, to, ...rest }: Instance['rules'][number]): string =>
  JSON.stringify({ ...rest, from: from && formatCidr(from), to: to && formatCidr(to) });

/** Routes and rules that two entries, of whatever instances, would fight for. */
export function wayFindings({ vrrp }: RawConfig, original: (path: Path) => string): Finding[] {
  const firsts = new Map<string, Path>();
  const once = (key: string, what: string, path: Path): Finding[] => {
    const first = firsts.get(key);
    if (first !== undefined) {
      return [{ path, message: `found ${what}, which is ${original(first)} already; allowed: each once` }];
    }
    firsts.set(key, path);
    return [];
  };
  return vrrp.instances.flatMap((instance, i) => [
    ...instance.routes.flatMap((r, j) => once(routeKey(r), `${routeKey(r)}`, ['vrrp', 'instances', i, 'routes', j])),
    ...instance.rules.flatMap((r, j) =>
      once(ruleKey(r), `a rule with priority ${r.priority} that matches the same`, [
        'vrrp',
        'instances',
        i,
        'rules',
        j,
      ]),
    ),
  ]);
}
