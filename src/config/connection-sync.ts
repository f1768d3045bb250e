import { isIpv6, parseIp } from '../values/ip.js';
import { mapping, orNull, parsed, whole, wrong } from './fields.js';
import type { Finding } from './problem.js';
import { formatPath, type Path } from './problem.js';
import { interfaceName } from './scalars.js';

/** A UDP message in one IPv4 packet: 65535 bytes without the headers (ip_vs_sync.c cuts larger values to this). */
const LONGEST = 65_535 - 20 - 8;

const isMulticast = (text: string): boolean => {
  const address = parseIp(text);
  if (address === null) return false;
  if (isIpv6(address)) return address.startsWith('ff');
  const first = Number(address.split('.')[0]);
  return first >= 224 && first < 240;
};

const group = parsed(
  'a multicast address such as 224.0.0.81 or ff02::81',
  (text) => {
    const address = parseIp(text);
    if (address === null) return wrong();
    return isMulticast(text) ? address : wrong('is no multicast address');
  },
  { examples: ['224.0.0.81', 'ff02::81'] },
);

/** `connection_sync` of an instance. */
export const connectionSync = orNull(
  mapping({
    interface: orNull(interfaceName()).describe(
      'The interface over which connections are told, the same network on all directors. Default: the instance’s.',
    ),
    id: orNull(whole(0, 255)).describe(
      'The same on all directors of the instance: a backup takes in what has its own id, or everything where that is 0. Default: the VRID.',
    ),
    group: group.prefault('224.0.0.81').describe('The multicast address that they are sent to.'),
    port: whole(1, 65_535).prefault(8848).describe('The UDP port that they are sent to.'),
    ttl: whole(1, 255).prefault(1).describe('How many hops they may go.'),
    maxlen: orNull(whole(1, LONGEST)).describe(
      'How many bytes a message may have. Default: what the interface’s MTU has room for. A backup takes in 1024 at least.',
    ),
  }),
).describe(
  'The kernel’s connection sync follows this instance: the master’s kernel tells its IPVS connections, the others’ take them in, so that they go on after a failover. One instance at most can have it, because the kernel has one daemon of each role.',
);

interface Leading {
  readonly name: string;
  readonly connection_sync: object | null;
}

/** The kernel has one sync daemon of each role: only one instance can lead it. */
export function connectionSyncFindings(instances: readonly Leading[], original: (path: Path) => Path): Finding[] {
  const pathOf = (i: number): Path => ['vrrp', 'instances', i, 'connection_sync'];
  const having = instances.flatMap((instance, i) => (instance.connection_sync === null ? [] : [{ ...instance, i }]));
  const [first, ...others] = having;
  if (first === undefined) return [];
  return others.map(({ name, i }) => ({
    path: pathOf(i),
    message:
      `found it on ${name}, while ${first.name} has ${formatPath(original(pathOf(first.i)))} already; ` +
      'allowed: one instance, because the kernel has one sync daemon of each role',
  }));
}
