import { familyOf, type Ip } from '../values/ip.js';
import { setsOf } from './ipvs-virtual.js';
import { notifyCommands, notifyUsers } from './notify-commands.js';
import type { Finding, Path } from './problem.js';
import { schedulersOnHost } from './schedulers.js';
import type { Config } from './schema.js';
import { type FileFacts, scriptFault } from './script-file.js';
import { unicastOnHost } from './unicast-host.js';
import { type WaysFacts, waysOnHost } from './ways-host.js';

/** What the check against this machine looks at, as plain data. */
export interface HostFacts extends WaysFacts {
  /** The largest packet of an interface, in bytes, by name, where that can be told. */
  readonly mtus?: ReadonlyMap<string, number>;
  /** By the path in the file. */
  readonly scripts: ReadonlyMap<string, FileFacts>;
  /** By name: the number of each user that the file names, null for one that does not exist. */
  readonly users: ReadonlyMap<string, number | null>;
  /** The schedulers that the kernel has or can load; null where nothing tells of them. */
  readonly schedulers?: ReadonlySet<string> | null;
  /** Of the services' addresses that are on no interface those that are this host's all the same, by a local route. */
  readonly routed?: ReadonlySet<Ip>;
}

/** What of a sound file does not fit this machine. Pure: see host-facts.ts for where the facts come from. */
export function checkHost(config: Config, host: HostFacts): Finding[] {
  return [
    ...instances(config, host),
    ...unicastOnHost(config, host.interfaces),
    ...waysOnHost(config, host),
    ...scripts(config, host),
    ...ipvs(config, host),
    ...schedulersOnHost(config, host.schedulers ?? null),
  ];
}

function instances({ vrrp }: Config, host: HostFacts): Finding[] {
  return vrrp.instances.flatMap((instance, i) => {
    const at = (...rest: Path): Path => ['vrrp', 'instances', i, ...rest];
    const found = missing(instance.interface, host, at('interface'));
    // Told of already, or made by the daemon itself.
    const made = [instance.interface, instance.virtual_mac?.interface];
    for (const [j, { name }] of instance.track.interfaces.entries()) {
      found.push(...missing(name, host, at('track', 'interfaces', j)));
    }
    const syncOver = instance.connection_sync?.interface ?? instance.interface;
    if (syncOver !== instance.interface) found.push(...missing(syncOver, host, at('connection_sync', 'interface')));
    found.push(...tooLarge(instance, host, at('virtual_addresses')));
    for (const [j, address] of instance.excluded_addresses.entries()) {
      if (!made.includes(address.interface)) {
        found.push(...missing(address.interface, host, at('excluded_addresses', j, 'interface')));
      }
    }
    for (const [j, address] of instance.virtual_addresses.entries()) {
      const carrier = host.interfaces.get(address.interface);
      if (!made.includes(address.interface)) {
        found.push(...missing(address.interface, host, at('virtual_addresses', j, 'interface')));
      }
      if (instance.priority === 255 && carrier !== undefined && !carrier.includes(address.cidr.address)) {
        const has = carrier.length === 0 ? 'no address' : carrier.join(', ');
        found.push({
          path: at('priority'),
          message:
            `found 255, which is for the owner of the addresses only, but ${address.cidr.address} is not on ` +
            `${address.interface} (it has ${has}); allowed: 1 to 254, or the interface's own addresses`,
        });
      }
    }
    return found;
  });
}

/** An advert is one packet: IP header, VRRP header (version 2 with 8 bytes of authentication), addresses. */
function tooLarge(instance: Config['vrrp']['instances'][number], { mtus }: HostFacts, path: Path): Finding[] {
  const mtu = mtus?.get(instance.interface);
  const [first] = instance.virtual_addresses;
  if (mtu === undefined || first === undefined) return [];
  const [header, each] = familyOf(first.cidr.address) === 6 ? [48, 16] : [instance.version === 2 ? 36 : 28, 4];
  const count = instance.virtual_addresses.length;
  if (header + each * count <= mtu) return [];
  const message =
    `found ${count} addresses, which make an advert of ${header + each * count} bytes, more than the MTU ${mtu} of ${instance.interface}; ` +
    `allowed: ${Math.max(0, Math.floor((mtu - header) / each))} at most there, the others in excluded_addresses`;
  return [{ path, message }];
}

function missing(name: string, { interfaces }: HostFacts, path: Path): Finding[] {
  if (interfaces.has(name)) return [];
  return [
    { path, message: `found ${name}, which this host does not have; allowed: ${[...interfaces.keys()].join(', ')}` },
  ];
}

function scripts(config: Config, host: HostFacts): Finding[] {
  const tracked = config.track.scripts.map((script, i) => ({
    ...script,
    path: ['track', 'scripts', i] satisfies Path,
  }));
  const users = [...tracked.flatMap(({ user, path }) => (user === null ? [] : [{ user, path: [...path, 'user'] }]))];
  const commands = tracked.map(({ command, path }) => ({ command, path: [...path, 'command'] }));
  return [
    ...[...users, ...notifyUsers(config)].flatMap(({ user, path }) =>
      (host.users.get(user) ?? null) === null
        ? [{ path, message: `found ${user}; allowed: a user that this host has` }]
        : [],
    ),
    ...[...commands, ...notifyCommands(config)].flatMap(({ command: [program], path }) => {
      const facts = host.scripts.get(program);
      const fault = facts === undefined ? null : scriptFault(facts);
      const message = `found ${program}, ${fault}; allowed: an executable file that root alone can change`;
      return fault === null ? [] : [{ path: [...path, 0], message }];
    }),
  ];
}

function ipvs({ vrrp, ipvs }: Config, host: HostFacts): Finding[] {
  if (ipvs.services.length === 0) return [];
  const here = new Set<Ip>([...[...host.interfaces.values()].flat(), ...(host.routed ?? [])]);
  for (const { virtual_addresses: ours, excluded_addresses: more } of vrrp.instances) {
    for (const { cidr } of [...ours, ...more]) here.add(cidr.address);
  }
  const elsewhere = ipvs.services.flatMap((service, i): Finding[] => {
    // One address that is not here is told once, however many ports it has.
    const told = new Set<Ip>();
    return setsOf(service).flatMap(({ set, path }): Finding[] => {
      if ('fwmark' in set || here.has(set.address) || told.has(set.address)) return [];
      if (set.address.startsWith('127.') || set.address === '::1') return [];
      told.add(set.address);
      const message =
        `found ${set.address}, which is on no interface of this host, in no local route and no virtual address of an instance, so that ` +
        'no packet for it comes in; allowed: one of these';
      return [{ path: ['ipvs', 'services', i, ...path], message }];
    });
  });
  if (host.ipvs !== 'absent') return elsewhere;
  return [
    {
      path: ['ipvs'],
      message:
        'this kernel has no IPVS; allowed: a kernel with the module ip_vs (load it with "modprobe ip_vs"; at each start by /etc/modules-load.d)',
    },
    ...elsewhere,
  ];
}
