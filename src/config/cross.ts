import { formatEndpoint, parseEndpoint } from '../values/endpoint.js';
import { parseIpv4 } from '../values/ipv4.js';
import type { Finding, Path } from './problem.js';
import type { RawConfig } from './schema.js';

type Service = RawConfig['ipvs']['services'][number];

/** Says so for each element whose key an earlier one has already. */
function repeated<T>(
  list: readonly T[],
  keyOf: (element: T) => string | null,
  pathOf: (index: number) => Path,
  messageOf: (element: T, first: number) => string,
): Finding[] {
  const firsts = new Map<string, number>();
  return list.flatMap((element, i) => {
    const key = keyOf(element);
    if (key === null) return [];
    const first = firsts.get(key);
    if (first !== undefined) return [{ path: pathOf(i), message: messageOf(element, first) }];
    firsts.set(key, i);
    return [];
  });
}

/** What is wrong between the parts of a file. `declared` are the names of all track scripts that it has, sound or not. */
export function crossCheck(config: RawConfig, declared: ReadonlySet<string>): Finding[] {
  return [...scripts(config, declared), ...instances(config), ...addresses(config), ...services(config)];
}

function scripts({ track, vrrp }: RawConfig, declared: ReadonlySet<string>): Finding[] {
  const known = declared.size === 0 ? 'none is declared under track.scripts' : [...declared].join(', ');
  return [
    ...repeated(
      track.scripts,
      (s) => s.name,
      (i) => ['track', 'scripts', i, 'name'],
      (s, first) => `found ${s.name}, the name of track.scripts[${first}]; allowed: each name once`,
    ),
    ...vrrp.instances.flatMap((instance, i) => [
      ...instance.track.scripts.flatMap((name, j) =>
        declared.has(name)
          ? []
          : [
              {
                path: ['vrrp', 'instances', i, 'track', 'scripts', j],
                message: `found ${name}, which is not declared under track.scripts; allowed: ${known}`,
              },
            ],
      ),
      ...repeated(
        instance.track.scripts,
        (name) => name,
        (j) => ['vrrp', 'instances', i, 'track', 'scripts', j],
        (name) => `found ${name} a second time; allowed: each script once`,
      ),
    ]),
  ];
}

function instances({ vrrp }: RawConfig): Finding[] {
  return [
    ...repeated(
      vrrp.instances,
      (v) => v.name,
      (i) => ['vrrp', 'instances', i, 'name'],
      (v, first) => `found ${v.name}, the name of vrrp.instances[${first}]; allowed: each name once`,
    ),
    ...repeated(
      vrrp.instances,
      (v) => `${v.interface} ${v.virtual_router_id}`,
      (i) => ['vrrp', 'instances', i, 'virtual_router_id'],
      (v, first) =>
        `found ${v.virtual_router_id}, which vrrp.instances[${first}] has on ${v.interface} already; allowed: each VRID once on an interface`,
    ),
  ];
}

function addresses({ vrrp }: RawConfig): Finding[] {
  const all = vrrp.instances.flatMap((instance, i) =>
    instance.virtual_addresses.map((a, j) => ({ ...a, path: ['vrrp', 'instances', i, 'virtual_addresses', j] })),
  );
  const labels = all.flatMap((a) => {
    const right = a.label === null || a.label === a.interface || a.label.startsWith(`${a.interface}:`);
    const message = `found ${JSON.stringify(a.label)}; allowed: a label that begins with the interface, such as ${a.interface}:vip`;
    return right ? [] : [{ path: [...a.path, 'label'], message }];
  });
  return [
    ...labels,
    ...repeated(
      all,
      (a) => `${a.interface} ${a.cidr.address}`,
      (i) => all[i]?.path ?? [],
      (a) => `found ${a.cidr.address} on ${a.interface} a second time; allowed: each address once`,
    ),
  ];
}

function services({ ipvs }: RawConfig): Finding[] {
  const at = (i: number, key: string): Path => ['ipvs', 'services', i, key];
  return [
    ...repeated(
      ipvs.services,
      (s) => `${s.protocol}/${formatEndpoint(s.address)}`,
      (i) => at(i, 'address'),
      (s, first) =>
        `found ${s.protocol} ${formatEndpoint(s.address)}, which is ipvs.services[${first}] already; allowed: each service once`,
    ),
    ...repeated(
      ipvs.services,
      (s) => s.name,
      (i) => at(i, 'name'),
      (s, first) => `found ${s.name}, the name of ipvs.services[${first}]; allowed: each name once`,
    ),
    ...ipvs.services.flatMap((service, i) => servers(service, at(i, 'servers'))),
  ];
}

function servers(service: Service, above: Path): Finding[] {
  return [
    ...repeated(
      service.servers,
      (s) => formatEndpoint(s.address),
      (j) => [...above, j, 'address'],
      (s, first) => `found ${formatEndpoint(s.address)}, which is servers[${first}] already; allowed: each server once`,
    ),
    ...repeated(
      service.servers,
      (s) => s.name,
      (j) => [...above, j, 'name'],
      (s, first) => `found ${s.name}, the name of servers[${first}]; allowed: each name once in a service`,
    ),
    ...service.servers.flatMap((server, j) => {
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
