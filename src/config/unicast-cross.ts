import { formatCidr, type Ip, isIpv6 } from '../values/ip.js';
import { isLinkLocal } from '../values/ipv6.js';
import { type Finding, formatPath, type Path } from './problem.js';
import type { RawConfig } from './schema.js';

type Instance = RawConfig['vrrp']['instances'][number];

const OWNER = 255;
const word = (address: Ip): string => (isIpv6(address) ? 'IPv6' : 'IPv4');

/** The family of an instance is that of its first address; one VRID on both are two routers (RFC 9568 §5.2.3). */
export const familyWord = ({ virtual_addresses: [first] }: Pick<Instance, 'virtual_addresses'>): string =>
  first === undefined ? 'IPv4' : word(first.cidr.address);

/** What does not fit between an instance's source, its peers and its addresses. `original` gives the path in the file. */
export function unicastFindings({ vrrp }: RawConfig, original: (path: Path) => Path): Finding[] {
  const virtual = new Map(
    vrrp.instances.flatMap((instance, i) =>
      (['virtual_addresses', 'excluded_addresses'] as const).flatMap((key) =>
        instance[key].map((a, j) => [a.cidr.address, ['vrrp', 'instances', i, key, j]] as [Ip, Path]),
      ),
    ),
  );
  const where = (address: Ip): string | null => {
    const path = virtual.get(address);
    return path === undefined ? null : formatPath(original(path));
  };
  return vrrp.instances.flatMap((instance, i) => {
    const path: Path = ['vrrp', 'instances', i];
    return [...sources(instance, path, where), ...peers(instance, path, where)];
  });
}

function sources(instance: Instance, path: Path, where: (address: Ip) => string | null): Finding[] {
  const { source, unicast, interface: name } = instance;
  const [first] = instance.virtual_addresses;
  const given = [
    { address: source, at: [...path, 'source'] },
    { address: unicast?.source ?? null, at: [...path, 'unicast', 'source'] },
  ];
  const found = given.flatMap(({ address, at }): Finding[] => {
    if (address === null || first === undefined) return [];
    const say = (why: string): Finding[] => [{ path: at, message: `found ${address}, ${why}` }];
    const family = word(first.cidr.address);
    if (word(address) !== family) {
      return say(`but the instance's addresses are ${family}; allowed: an ${family} address of ${name}`);
    }
    const virtual = where(address);
    if (virtual !== null && instance.priority !== OWNER) {
      return say(`which is virtual (${virtual}) and moves away; allowed: an address of ${name}'s own`);
    }
    if (isIpv6(address) && unicast === null && !isLinkLocal(address)) {
      return say(
        `but IPv6 adverts to the group come from a link-local address (RFC 9568 §5.1.2.1); allowed: one of ${name} that begins with fe80`,
      );
    }
    return [];
  });
  if (source !== null && unicast !== null && unicast.source !== null) {
    const message = `found ${source} beside unicast.source ${unicast.source}; allowed: one of both keys`;
    found.push({ path: [...path, 'source'], message });
  }
  return found;
}

function peers(instance: Instance, path: Path, where: (address: Ip) => string | null): Finding[] {
  const { unicast } = instance;
  const [first] = instance.virtual_addresses;
  if (unicast === null || first === undefined) return [];
  const source = unicast.source ?? instance.source;
  const family = word(first.cidr.address);
  return unicast.peers.flatMap((peer, j): Finding[] => {
    const { address } = peer;
    const at: Path = [...path, 'unicast', 'peers', j];
    const say = (why: string): Finding[] => [{ path: at, message: `found ${address}, ${why}` }];
    if (word(address) !== family) {
      return say(`but adverts of ${formatCidr(first.cidr)} go over ${family}; allowed: ${family} addresses`);
    }
    if (address.startsWith('127.')) return say('which is a loopback address; allowed: an address of another host');
    if (address === source) return say('which is our own source; allowed: addresses of the other routers');
    const virtual = where(address);
    if (virtual !== null) return say(`which is virtual (${virtual}); allowed: addresses of the other routers' own`);
    if (unicast.peers.findIndex((other) => other.address === address) < j) {
      return say('a second time; allowed: each peer once');
    }
    if (peer.min_ttl > peer.max_ttl) {
      const message = `found ${peer.min_ttl}, above max_ttl ${peer.max_ttl}: nothing would be taken; allowed: 1 to ${peer.max_ttl}`;
      return [{ path: [...at, 'min_ttl'], message }];
    }
    return [];
  });
}
