import { nearest } from './nearest.js';
import { type Finding, formatPath, type Path } from './problem.js';
import type { RawConfig } from './schema.js';

/** The lists under `track:`, by their keys, with what one of them is called. */
const KINDS = {
  scripts: 'script',
  processes: 'process',
  files: 'file',
  services: 'service',
  routes: 'route',
  quorums: 'quorum',
} as const;

type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

/** Names that a file declares, sound or not: a reference to one with errors is not another error. */
export type Declared = Readonly<Record<Kind | 'balanced', ReadonlySet<string>>>;

/** Reads them from the file as it is; `balanced` are the services under `ipvs`. */
export function declaredTracks(data: unknown): Declared {
  const { track, ipvs } = (data ?? {}) as { track?: unknown; ipvs?: unknown };
  const names = (above: unknown, key: string, nameOf = itsName): ReadonlySet<string> => {
    const list = (above as Record<string, unknown> | null | undefined)?.[key];
    return new Set(Array.isArray(list) ? list.map(nameOf).filter((n): n is string => typeof n === 'string') : []);
  };
  const entries = kinds.map((kind) => [kind, names(track, kind)]);
  return { ...Object.fromEntries(entries), balanced: names(ipvs, 'services', serviceName) } as Declared;
}

const itsName = (each: { name?: unknown } | null): unknown => each?.name;

/** As ipvs.ts gives a service without a name one. */
const serviceName = (each: { name?: unknown; address?: unknown; protocol?: unknown } | null): unknown =>
  each?.name ?? (typeof each?.address === 'string' ? `${String(each.protocol ?? 'tcp')}/${each.address}` : undefined);

/** Names that are double, and references to what is not declared, with the nearest named. */
export function trackFindings(config: RawConfig, declared: Declared, original: (path: Path) => Path): Finding[] {
  const { track, vrrp } = config;
  const balanced = new Set([...declared.balanced, ...config.ipvs.services.map((s) => s.name)]);
  const doubles = kinds.flatMap((kind) => twice(track[kind], ['track', kind], original));
  const ofQuorums = track.quorums.flatMap((quorum, q) => {
    const path: Path = ['track', 'quorums', q, 'of'];
    return references(quorum.of, (j) => [...path, j], declared.scripts, 'scripts');
  });
  const ofServices = track.services.flatMap(({ service }, s) =>
    balanced.has(service)
      ? []
      : [
          {
            path: ['track', 'services', s, 'service'],
            message: unknown(service, 'which ipvs.services does not have', balanced, 'services'),
          },
        ],
  );
  const ofInstances = vrrp.instances.flatMap((instance, i) => {
    const path: Path = ['vrrp', 'instances', i, 'track'];
    const interfaces = instance.track.interfaces.map((each) => each.name);
    return [
      ...kinds.flatMap((kind) => {
        const names = instance.track[kind].map((use) => use.name);
        return references(names, (j) => [...path, kind, j], declared[kind], kind);
      }),
      ...again(interfaces, (j) => [...path, 'interfaces', j], 'interface'),
    ];
  });
  return [...doubles, ...ofQuorums, ...ofServices, ...ofInstances];
}

function twice(list: readonly { readonly name: string }[], path: Path, original: (path: Path) => Path): Finding[] {
  const firsts = new Map<string, number>();
  return list.flatMap(({ name }, i) => {
    const first = firsts.get(name);
    if (first === undefined) {
      firsts.set(name, i);
      return [];
    }
    const message = `found ${name}, the name of ${formatPath(original([...path, first]))}; allowed: each name once`;
    return [{ path: [...path, i, 'name'], message }];
  });
}

function references(
  names: readonly string[],
  pathOf: (index: number) => Path,
  known: ReadonlySet<string>,
  kind: Kind,
): Finding[] {
  const undeclared = names.flatMap((name, j) => {
    const message = unknown(name, `which track.${kind} does not declare`, known, kind);
    return known.has(name) ? [] : [{ path: pathOf(j), message }];
  });
  return [...undeclared, ...again(names, pathOf, KINDS[kind])];
}

function again(names: readonly string[], pathOf: (index: number) => Path, what: string): Finding[] {
  return names.flatMap((name, j) => {
    const message = `found ${name} a second time; allowed: each ${what} once`;
    return names.indexOf(name) < j ? [{ path: pathOf(j), message }] : [];
  });
}

function unknown(name: string, why: string, known: ReadonlySet<string>, kind: string): string {
  const near = nearest(name, [...known]);
  const allowed = known.size === 0 ? `none, as there are no ${kind}` : [...known].join(', ');
  return `found ${name}, ${why}${near === null ? ';' : `, did you mean ${near}?`} allowed: ${allowed}`;
}
