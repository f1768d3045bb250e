import { formatEndpoint, parseEndpoint } from '../values/endpoint.js';
import { parseIpv4 } from '../values/ipv4.js';
import { acceptFindings } from './accept.js';
import { connectionSyncFindings } from './connection-sync.js';
import { delayFindings } from './delays-cross.js';
import { type Finding, formatPath, type Path } from './problem.js';
import type { RawConfig } from './schema.js';
import { syncGroupFindings } from './sync-groups-cross.js';
import { type Declared, trackFindings } from './track-cross.js';
import { familyWord, unicastFindings } from './unicast-cross.js';
import { addressFindings, familyFindings } from './virtual-address-cross.js';
import { virtualMacFindings } from './virtual-mac.js';
import { wayFindings } from './virtual-route-cross.js';
import { versionFindings } from './vrrp-version.js';

type Service = RawConfig['ipvs']['services'][number];

/** Gives the path in the file of a path in what is checked: both are the same where nothing was left out. */
export type Original = (path: Path) => Path;

/** A list whose elements must differ in something. */
interface Distinct<T> {
  readonly list: readonly T[];
  readonly keyOf: (element: T) => string | null;
  /** The path of element `index`, without the key that is compared. */
  readonly pathOf: (index: number) => Path;
  /** The key that is compared, where an element is a mapping. */
  readonly at?: string;
  /** `first` is the path of the earlier element, as in the file. */
  readonly say: (element: T, first: string) => string;
  /** Equal elements that another check tells about. */
  readonly except?: (element: T, first: T) => boolean;
}

/**
 * What is wrong between the parts of a file. `declared` are the names of all tracks that it has, sound or not;
 * `instanceNames` those of all instances.
 */
export function crossCheck(
  config: RawConfig,
  declared: Declared,
  instanceNames: readonly string[],
  original: Original,
): Finding[] {
  /** Says so for each element whose key an earlier one has already. */
  const distinct: Repeated = ({ list, keyOf, pathOf, at, say, except }) => {
    const firsts = new Map<string, number>();
    return list.flatMap((element, i) => {
      const key = keyOf(element);
      if (key === null) return [];
      const index = firsts.get(key);
      const first = index === undefined ? undefined : list[index];
      if (index === undefined || first === undefined) {
        firsts.set(key, i);
        return [];
      }
      if (except?.(element, first) === true) return [];
      const path = at === undefined ? pathOf(i) : [...pathOf(i), at];
      return [{ path, message: say(element, formatPath(original(pathOf(index)))) }];
    });
  };
  const placed = (path: Path): string => formatPath(original(path));
  const found = [
    ...trackFindings(config, declared, original),
    ...instances(config, distinct),
    ...versionFindings(config),
    ...virtualMacFindings(config.vrrp.instances, original),
    ...acceptFindings(config.vrrp.instances),
    ...delayFindings(config),
    ...syncGroupFindings(config, instanceNames, original),
    ...connectionSyncFindings(config.vrrp.instances, original),
    ...addressFindings(config, placed),
    ...familyFindings(config),
    ...unicastFindings(config, original),
    ...wayFindings(config, placed),
    ...services(config, distinct),
  ];
  return found.map((f) => ({ ...f, path: original(f.path) }));
}

type Repeated = <T>(what: Distinct<T>) => Finding[];

function instances({ vrrp }: RawConfig, distinct: Repeated): Finding[] {
  const list = vrrp.instances;
  const pathOf = (i: number): Path => ['vrrp', 'instances', i];
  return [
    ...distinct({
      list,
      keyOf: (v) => v.name,
      pathOf,
      at: 'name',
      say: (v, first) => `found ${v.name}, the name of ${first}; allowed: each name once`,
    }),
    ...distinct({
      list,
      keyOf: (v) => `${v.interface} ${familyWord(v)} ${v.virtual_router_id}`,
      pathOf,
      at: 'virtual_router_id',
      say: (v, first) =>
        `found ${v.virtual_router_id}, which ${first} has on ${v.interface} already; allowed: each VRID once on an interface`,
    }),
  ];
}

const serviceKey = (s: Service): string => `${s.protocol} ${formatEndpoint(s.address)}`;

function services({ ipvs }: RawConfig, distinct: Repeated): Finding[] {
  const list = ipvs.services;
  const pathOf = (i: number): Path => ['ipvs', 'services', i];
  return [
    ...distinct({
      list,
      keyOf: serviceKey,
      pathOf,
      at: 'address',
      say: (s, first) => `found ${serviceKey(s)}, which is ${first} already; allowed: each service once`,
    }),
    ...distinct({
      list,
      keyOf: (s) => s.name,
      pathOf,
      at: 'name',
      say: (s, first) => `found ${s.name}, the name of ${first}; allowed: each name once`,
      except: (s, first) => serviceKey(s) === serviceKey(first),
    }),
    ...list.flatMap((service, i) => servers(service, [...pathOf(i), 'servers'], distinct)),
  ];
}

function servers(service: Service, above: Path, distinct: Repeated): Finding[] {
  const list = service.servers;
  const pathOf = (j: number): Path => [...above, j];
  return [
    ...distinct({
      list,
      keyOf: (s) => formatEndpoint(s.address),
      pathOf,
      at: 'address',
      say: (s, first) => `found ${formatEndpoint(s.address)}, which is ${first} already; allowed: each server once`,
    }),
    ...distinct({
      list,
      keyOf: (s) => s.name,
      pathOf,
      at: 'name',
      say: (s, first) => `found ${s.name}, the name of ${first}; allowed: each name once in a service`,
    }),
    ...list.flatMap((server, j) => {
      const found: Finding[] = [];
      const { name, forward, address } = server;
      if (name !== null && (parseIpv4(name) !== null || parseEndpoint(name) !== null)) {
        const message = `found ${name}, which directorctl would take for an address; allowed: a name that is no address`;
        found.push({ path: [...above, j, 'name'], message });
      }
      if (forward !== 'masq' && address.port !== service.address.port) {
        found.push({ path: [...above, j, 'address'], message: otherPort(forward, address.port, service.address.port) });
      }
      return found;
    }),
  ];
}

/** ip_vs_dr_xmit and ip_vs_tunnel_xmit pass the packet on as it is; only ip_vs_nat_xmit rewrites its port. */
function otherPort(forward: 'dr' | 'tunnel', port: number, wanted: number): string {
  const how = forward === 'dr' ? 'direct route (dr)' : 'a tunnel';
  return (
    `found port ${port}, but ${how} passes packets on unchanged, so that they arrive at the service's port ${wanted}; ` +
    `allowed: port ${wanted}, or forward: masq, which rewrites the port`
  );
}
