import { nearest } from './nearest.js';
import type { Finding } from './problem.js';
import type { Config, RawConfig } from './schema.js';

/** Those that Linux has of its own (net/netfilter/ipvs), each in a module of its name. */
const OF_LINUX = 'rr wrr lc wlc fo ovf lblc lblcr dh sh mh sed nq twos'.split(' ');

/** The kernel takes this name as well (ip_vs_add_service), and then has nothing that chooses a server. */
const NOTHING = 'none';

/** Names that Linux does not know: allowed, as there are modules of others. */
export function schedulerWarnings({ ipvs }: RawConfig): Finding[] {
  return ipvs.services.flatMap(({ name, scheduler }, i) => {
    if (OF_LINUX.includes(scheduler)) return [];
    const message =
      scheduler === NOTHING
        ? `${name} has no scheduler: no new connection is taken`
        : `Linux has no scheduler ${scheduler} of its own${meant(scheduler, OF_LINUX, ':')} without a module ip_vs_${scheduler} the kernel refuses the service`;
    return [{ path: ['ipvs', 'services', i, 'scheduler'], message }];
  });
}

/** Schedulers that this kernel does not have. @param here those that it has; null where nothing tells of them. */
export function schedulersOnHost({ ipvs }: Config, here: ReadonlySet<string> | null): Finding[] {
  if (here === null) return [];
  const names = [...OF_LINUX.filter((name) => here.has(name)), ...[...here].filter((name) => !OF_LINUX.includes(name))];
  return ipvs.services.flatMap(({ scheduler }, i) => {
    if (scheduler === NOTHING || here.has(plain(scheduler))) return [];
    const why = `which this kernel does not have (there is no module ip_vs_${scheduler})`;
    const allowed = names.length === 0 ? 'none, as it has no scheduler at all' : names.join(', ');
    // One of Linux's own is meant as it is.
    const hint = OF_LINUX.includes(scheduler) ? ';' : meant(scheduler, names, ';');
    const message = `found ${scheduler}, ${why}${hint} allowed: ${allowed}`;
    return [{ path: ['ipvs', 'services', i, 'scheduler'], message }];
  });
}

const meant = (name: string, known: readonly string[], otherwise: string): string => {
  const near = nearest(name, known);
  return near === null ? otherwise : `, did you mean ${near}?`;
};

/** What a machine says of its kernel's modules, each file's text; empty where there is no such file. */
export interface ModuleLists {
  /** /lib/modules/RELEASE/modules.builtin: a path a line. */
  readonly builtin: string;
  /** /lib/modules/RELEASE/modules.dep: a path, a colon, what it needs. */
  readonly dep: string;
  /** /proc/modules: a name and more. */
  readonly loaded: string;
}

/**
 * The schedulers that a kernel has or can load, or null where its modules' directory does not tell of IPVS. In a container
 * /proc/modules has what is loaded, but what else the host could load is not seen: that alone tells of nothing missing.
 */
export function schedulersIn({ builtin, dep, loaded }: ModuleLists): ReadonlySet<string> | null {
  const files = namesIn(`${builtin}\n${dep}`, /^(?:[^:\s]*\/)?ip_vs(?:_([\w-]+))?\.ko(?:\.\w+)?(?=:|$)/gm);
  return files.size === 0 ? null : onlySchedulers([...files, ...namesIn(loaded, /^ip_vs_(\w+) /gm)]);
}

/** The module ip_vs itself has an empty name. */
const namesIn = (text: string, pattern: RegExp): Set<string> =>
  new Set([...text.matchAll(pattern)].map(([, name = '']) => plain(name)));

/** Without the application helper and the persistence engines. */
const onlySchedulers = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.filter((name) => name !== '' && name !== 'ftp' && !name.startsWith('pe_')));

/** Of a module's name modprobe takes both for the same. */
const plain = (name: string): string => name.replaceAll('-', '_');
