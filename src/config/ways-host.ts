import type { Ip } from '../values/ip.js';
import type { Finding, Path } from './problem.js';
import type { Config } from './schema.js';

/** `free`: nothing, in a directory that exists. */
export type FifoFact = 'fifo' | 'free' | 'other' | 'no-directory';

/** What {@link waysOnHost} looks at. */
export interface WaysFacts {
  /** By name, with their addresses. An interface that is down has none. */
  readonly interfaces: ReadonlyMap<string, readonly Ip[]>;
  /** The MACs of interfaces that are to be made for a virtual one, by name, where they are there already. */
  readonly macs?: ReadonlyMap<string, string>;
  /** What is at the path of `notify_fifo`. */
  readonly fifo?: FifoFact;
  /** IPVS in the kernel: there, to be loaded by itself, or not at all. */
  readonly ipvs: 'loaded' | 'loadable' | 'absent';
}

/** What of routes, virtual MACs, connection sync and the FIFO does not fit this machine. */
export function waysOnHost(config: Config, host: WaysFacts): Finding[] {
  const made = new Set(config.vrrp.instances.flatMap((i) => i.virtual_mac?.interface ?? []));
  const missing = (name: string | null, path: Path): Finding[] => {
    if (name === null || made.has(name) || host.interfaces.has(name)) return [];
    const allowed = [...host.interfaces.keys()].join(', ');
    return [{ path, message: `found ${name}, which this host does not have; allowed: ${allowed}` }];
  };
  const instances = config.vrrp.instances.flatMap((instance, i): Finding[] => {
    const at = (...rest: Path): Path => ['vrrp', 'instances', i, ...rest];
    return [
      ...instance.routes.flatMap((route, j) => [
        ...missing(route.interface, at('routes', j, 'interface')),
        ...route.nexthops.flatMap((hop, k) => missing(hop.interface, at('routes', j, 'nexthops', k, 'interface'))),
      ]),
      ...instance.rules.flatMap((rule, j) => [
        ...missing(rule.iif, at('rules', j, 'iif')),
        ...missing(rule.oif, at('rules', j, 'oif')),
      ]),
      ...taken(instance.virtual_mac?.interface, host, at('virtual_mac')),
      ...(instance.connection_sync === null ? [] : noSync(host, at('connection_sync'))),
    ];
  });
  const tracks = config.track.routes.flatMap((route, i) =>
    missing(route.interface, ['track', 'routes', i, 'interface']),
  );
  return [...instances, ...tracks, ...fifo(config, host)];
}

/** Every virtual router's MAC begins so (RFC 9568 §7.3). */
const VIRTUAL_MAC = '00:00:5e:00:0';

/** One with a virtual MAC may be what the daemon that runs has made. */
function taken(name: string | undefined, { macs }: WaysFacts, path: Path): Finding[] {
  const mac = name === undefined ? undefined : macs?.get(name);
  if (mac === undefined || mac.startsWith(VIRTUAL_MAC)) return [];
  const message = `found the interface ${name}, which is there already, with MAC ${mac}; allowed: a name that is free`;
  return [{ path, message }];
}

function noSync({ ipvs }: WaysFacts, path: Path): Finding[] {
  if (ipvs !== 'absent') return [];
  return [
    { path, message: 'this kernel has no IPVS, whose connections these are; allowed: a kernel with the module ip_vs' },
  ];
}

function fifo({ vrrp: { notify_fifo: wanted } }: Config, { fifo: found }: WaysFacts): Finding[] {
  if (wanted === null || found === undefined || found === 'fifo' || found === 'free') return [];
  const what = found === 'no-directory' ? 'whose directory does not exist' : 'which exists and is no FIFO';
  const message = `found ${wanted.path}, ${what}; allowed: a FIFO, or a free name in a directory that exists`;
  return [{ path: ['vrrp', 'notify_fifo', 'path'], message }];
}
