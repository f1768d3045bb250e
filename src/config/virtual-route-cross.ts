import { formatCidr } from '../values/ip.js';
import type { Finding, Path } from './problem.js';
import type { RawConfig } from './schema.js';

type Instance = RawConfig['vrrp']['instances'][number];

/** What tells a route from others for the kernel. */
const routeKey = (r: Instance['routes'][number]): string =>
  [`route ${formatCidr(r.to)}`, `table ${r.table}`, `metric ${r.metric ?? 'default'}`].join(', ');
type Rule = Instance['rules'][number];
const SELECTORS = ['from', 'to', 'fwmark', 'mask', 'iif', 'oif'] as const;

const selector = (rule: Rule, key: (typeof SELECTORS)[number]): string | null => {
  const value = rule[key];
  if (value === null) return null;
  return typeof value === 'object' ? formatCidr(value) : String(value);
};

/** Whether the kernel takes the one for the other: it compares no more than what is given (fib4_rule_compare). */
function confused(a: Rule, b: Rule): boolean {
  const within = (x: Rule, y: Rule): boolean =>
    SELECTORS.every((key) => selector(x, key) === null || selector(x, key) === selector(y, key));
  return within(a, b) || within(b, a);
}

/** Routes and rules that two entries, of whatever instances, would fight for. */
export function wayFindings({ vrrp }: RawConfig, original: (path: Path) => string): Finding[] {
  const firsts = new Map<string, Path>();
  const once = (key: string, path: Path): Finding[] => {
    const first = firsts.get(key);
    if (first !== undefined) {
      return [{ path, message: `found ${key}, which is ${original(first)} already; allowed: each once` }];
    }
    firsts.set(key, path);
    return [];
  };
  const rules = new Map<string, { readonly rule: Rule; readonly path: Path }[]>();
  const apart = (rule: Rule, path: Path): Finding[] => {
    const key = `${rule.family} ${rule.priority}`;
    const earlier = rules.get(key) ?? [];
    rules.set(key, earlier);
    const first = earlier.find((e) => confused(e.rule, rule));
    earlier.push({ rule, path });
    if (first === undefined) return [];
    const message =
      `found a rule with priority ${rule.priority} that the kernel does not tell from ${original(first.path)}, ` +
      'because one of them matches nothing that the other does not name; allowed: another priority';
    return [{ path, message }];
  };
  return vrrp.instances.flatMap((instance, i) => [
    ...instance.routes.flatMap((r, j) => once(routeKey(r), ['vrrp', 'instances', i, 'routes', j])),
    ...instance.rules.flatMap((r, j) => apart(r, ['vrrp', 'instances', i, 'rules', j])),
  ]);
}
