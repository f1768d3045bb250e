import { open } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { type Family, familyOf, type Ip } from '../values/ip.js';
import { type LocalRoutes, localRoutes4, localRoutes6 } from './local-routes.js';

/**
 * Those of `addresses` that the kernel takes packets for by a local route (`ip route add local …`), as where BGP announces
 * them. Where the routes cannot be read, all count: nothing is known against them.
 *
 * Binding a socket to one would tell less: IPv6 refuses what is on no interface, and with ip_nonlocal_bind all goes.
 */
export async function localAddresses(addresses: ReadonlySet<Ip>): Promise<Set<Ip>> {
  const local = new Set<Ip>();
  for (const family of [4, 6] as const) {
    const asked = [...addresses].filter((address) => familyOf(address) === family);
    const routes = asked.length === 0 ? null : await routesOf(family);
    for (const address of asked) if (routes?.check(address, `ipv${family}`) ?? true) local.add(address);
  }
  return local;
}

/** Line by line: a router of the whole internet has a million of them. */
async function routesOf(family: Family): Promise<BlockList | null> {
  const reader: LocalRoutes = family === 4 ? localRoutes4() : localRoutes6();
  const list = new BlockList();
  try {
    const file = await open(family === 4 ? '/proc/net/fib_trie' : '/proc/net/ipv6_route');
    for await (const line of file.readLines()) {
      const route = reader(line);
      if (route !== null) list.addSubnet(route.address, route.prefix, `ipv${family}`);
    }
    return list;
  } catch {
    return null;
  }
}
