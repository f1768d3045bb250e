import { type Cidr, ipFromBytes } from '../values/ip.js';
import { type Ipv4, parseIpv4 } from '../values/ipv4.js';

/**
 * Takes the lines of a table in turn, and gives the local route that each tells of. One of everything is not given: that
 * is TPROXY's, in a table of its own, for marked packets alone.
 */
export type LocalRoutes = (line: string) => Cidr | null;

/** For /proc/net/fib_trie: a leaf is an address, and below it stands each prefix with its type. */
export function localRoutes4(): LocalRoutes {
  let leaf: Ipv4 | null = null;
  return (line) => {
    const [, address, prefix] = /^ +\|-- (\S+)$|^ +\/([1-9]\d*) \S+ LOCAL\b/.exec(line) ?? [];
    if (address !== undefined) leaf = parseIpv4(address);
    return prefix === undefined || leaf === null ? null : { address: leaf, prefix: Number(prefix) };
  };
}

/** RTF_LOCAL of linux/ipv6_route.h: the first digit of the flags has this bit. */
const LOCAL = 8;

/** For /proc/net/ipv6_route: address, prefix, then source, gateway, metric, counts, flags, interface. */
export function localRoutes6(): LocalRoutes {
  return (line) => {
    const [address = '', prefix = '', , , , , , , flags = ''] = line.split(' ');
    const local = (Number.parseInt(flags.charAt(0), 16) & LOCAL) !== 0;
    if (!local || prefix === '00' || !/^[0-9a-f]{32}$/.test(address)) return null;
    return { address: ipFromBytes(6, Buffer.from(address, 'hex')), prefix: Number.parseInt(prefix, 16) };
  };
}
