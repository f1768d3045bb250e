import { formatCidr, isIpv6 } from '../values/ip.js';
import { isLinkLocal } from '../values/ipv6.js';
import type { Finding, Path } from './problem.js';
import type { RawConfig } from './schema.js';

/** What is wrong between addresses, in both lists of all instances. `original` gives the path in the file. */
export function addressFindings({ vrrp }: RawConfig, original: (path: Path) => string): Finding[] {
  const all = vrrp.instances.flatMap((instance, i) =>
    (['virtual_addresses', 'excluded_addresses'] as const).flatMap((key) =>
      instance[key].map((a, j) => ({ ...a, path: ['vrrp', 'instances', i, key, j] })),
    ),
  );
  const firsts = new Map<string, Path>();
  return all.flatMap((a): Finding[] => {
    const found: Finding[] = [];
    if (a.label !== null && a.label !== a.interface && !a.label.startsWith(`${a.interface}:`)) {
      const message = `found ${JSON.stringify(a.label)}; allowed: a label that begins with the interface, such as ${a.interface}:vip`;
      found.push({ path: [...a.path, 'label'], message });
    }
    const key = `${a.interface} ${a.cidr.address}`;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, a.path);
    else {
      const message = `found ${a.cidr.address} on ${a.interface}, which is ${original(first)} already; allowed: each address once`;
      found.push({ path: a.path, message });
    }
    return found;
  });
}

/** The adverts' family is that of the addresses in them (RFC 9568 §5.2.9): one of both; version 2 knows IPv4 only. */
export function familyFindings({ vrrp }: RawConfig): Finding[] {
  return vrrp.instances.flatMap((instance, i): Finding[] => {
    const path: Path = ['vrrp', 'instances', i, 'virtual_addresses'];
    const [first] = instance.virtual_addresses;
    if (first === undefined) return [];
    const six = isIpv6(first.cidr.address);
    const found = instance.virtual_addresses.flatMap((a, j): Finding[] => {
      if (isIpv6(a.cidr.address) === six) return [];
      const message =
        `found ${formatCidr(a.cidr)} beside ${formatCidr(first.cidr)}: an advert carries one family; ` +
        'allowed: one family, the other one in excluded_addresses or in an instance of its own';
      return [{ path: [...path, j], message }];
    });
    if (six && instance.version === 2) {
      const message = `found ${formatCidr(first.cidr)}, but VRRP version 2 carries IPv4 only; allowed: version: 3, or the address in excluded_addresses`;
      found.push({ path: [...path, 0], message });
    } else if (six && isIpv6(first.cidr.address) && !isLinkLocal(first.cidr.address)) {
      const message = `found ${formatCidr(first.cidr)}; allowed: a link-local address such as fe80::1/64 first, which hosts have for their router (RFC 9568 §5.2.9)`;
      found.push({ path: [...path, 0], message });
    }
    return found;
  });
}
