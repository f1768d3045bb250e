import type { Failure } from '../values/failure.js';
import { type Cidr, type Family, formatCidr, type Ip } from '../values/ip.js';

/** One way of a route that has several. */
export interface NextHop {
  readonly via: Ip | null;
  readonly interface: string | null;
  /** 1 to 256. */
  readonly weight: number;
}

/** A route that comes and goes with mastership (ip-route(8)). All of its addresses are of its family. */
export interface VirtualRoute {
  readonly kind: 'route';
  readonly family: Family;
  /** Prefix 0 is `default`. */
  readonly to: Cidr;
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  readonly via: Ip | null;
  readonly interface: string | null;
  /** What this host puts as its own address on packets that go this way. */
  readonly source: Ip | null;
  /** null: the kernel's (0 of IPv4, 1024 of IPv6). */
  readonly metric: number | null;
  readonly table: number;
  /** null: `link` where there is no gateway, else `global`. IPv4 only. */
  readonly scope: 'global' | 'site' | 'link' | 'host' | null;
  /** The gateway is on the link although no prefix says so. */
  readonly onlink: boolean;
  readonly mtu: number | null;
  /** Instead of `via` and `interface`; empty where these stand. */
  readonly nexthops: readonly NextHop[];
}

/** A rule that sends packets to a table (ip-rule(8)); null matches all. */
export interface VirtualRule {
  readonly kind: 'rule';
  readonly family: Family;
  readonly priority: number;
  readonly table: number;
  readonly from: Cidr | null;
  readonly to: Cidr | null;
  readonly fwmark: number | null;
  /** Of the mark's bits; null: all. */
  readonly mask: number | null;
  readonly iif: string | null;
  readonly oif: string | null;
  /** Packets that do not match. */
  readonly not: boolean;
}

/** What decides where packets go: routes and rules. */
export type Way = VirtualRoute | VirtualRule;

/** `there`: it stood already. */
export type Laid = 'added' | 'there' | Failure;

/** Routes and rules of this network namespace; ours carry a protocol number of our own. */
export interface Ways {
  /** Lays them in the order given; a failure does not stop the others. @returns one entry each. */
  add(list: readonly Way[]): Promise<readonly Laid[]>;
  /** Removes ours in the order given; what is not there, or is somebody else's, counts as done. */
  remove(list: readonly Way[]): Promise<readonly (Failure | null)[]>;
  /**
   * Calls back after one of ours was removed or may have been, coalesced. The kernel drops routes silently with their
   * link or address: a change of those is the reason to look as well.
   * @returns what ends it.
   */
  watch(changed: () => void): { close(): void };
}

/** As `ip route` and `ip rule` say it. */
export function describeWay(way: Way): string {
  const also = (word: string, value: string | number | null): string => (value === null ? '' : ` ${word} ${value}`);
  const net = (cidr: Cidr): string => (cidr.prefix === 0 ? 'default' : formatCidr(cidr));
  if (way.kind === 'rule') {
    const { priority, not, from, to, fwmark, mask, iif, oif, table } = way;
    const mark = fwmark === null ? '' : ` fwmark ${fwmark}${mask === null ? '' : `/${mask}`}`;
    const match = `from ${from === null ? 'all' : formatCidr(from)}${to === null ? '' : ` to ${formatCidr(to)}`}`;
    return `rule ${priority}: ${not ? 'not ' : ''}${match}${mark}${also('iif', iif)}${also('oif', oif)} table ${table}`;
  }
  const hops = way.nexthops.map((hop) => ` nexthop${also('via', hop.via)}${also('dev', hop.interface)}`).join('');
  const type = way.type === 'unicast' ? '' : `${way.type} `;
  const family = way.family === 6 && way.to.prefix === 0 ? '-6 ' : '';
  return `route ${family}${type}${net(way.to)}${also('via', way.via)}${also('dev', way.interface)}${hops}${also('metric', way.metric)} table ${way.table}`;
}
