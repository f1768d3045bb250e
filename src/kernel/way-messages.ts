import type { NextHop, VirtualRoute, VirtualRule, Way } from '../ports/routes.js';
import { type Family, type Ip, ipToBytes } from '../values/ip.js';
import { LITTLE_ENDIAN, NetlinkWriter } from '../wire/netlink.js';
import { NLM_F_ACK, NLM_F_REQUEST } from '../wire/netlink-constants.js';
import * as S from './socket-numbers.js';
import * as W from './way-numbers.js';

/**
 * The number that our routes and rules carry, VRRP's own in IP: of those that the kernel and others have taken
 * (rt_protos of iproute2) it is none. What carries another is not ours to remove.
 */
export const OUR_PROTOCOL = 112;
/** What the kernel takes where no metric is given: IP6_RT_PRIO_USER of <linux/ipv6_route.h>; 0 for IPv4. */
const METRICS: Readonly<Record<Family, number>> = { 4: 0, 6: 1024 };
const TYPES = {
  unicast: W.RTN_UNICAST,
  blackhole: W.RTN_BLACKHOLE,
  unreachable: W.RTN_UNREACHABLE,
  prohibit: W.RTN_PROHIBIT,
} as const satisfies Record<VirtualRoute['type'], number>;
const SCOPES = {
  global: S.RT_SCOPE_UNIVERSE,
  site: S.RT_SCOPE_SITE,
  link: S.RT_SCOPE_LINK,
  host: S.RT_SCOPE_HOST,
} as const satisfies Record<NonNullable<VirtualRoute['scope']>, number>;

/** The names of the interfaces that a route needs; a rule takes names as they are, there or not. */
export function interfacesOf(way: Way): string[] {
  if (way.kind === 'rule') return [];
  return [way.interface, ...way.nexthops.map((hop) => hop.interface)].filter((name): name is string => name !== null);
}

/** @param indexOf gives the index of each of {@link interfacesOf}. */
export function encodeWay(
  kind: 'add' | 'remove',
  way: Way,
  indexOf: (name: string) => number,
  sequence: number,
): Uint8Array {
  const w = new NetlinkWriter(256);
  if (way.kind === 'rule') writeRule(w, kind, way, sequence);
  else writeRoute(w, kind, way, indexOf, sequence);
  w.end();
  return w.take();
}

/**
 * Without NLM_F_EXCL the kernel says EEXIST to the very same route only; beside another one to the same network ours
 * goes first (IPv4, as `ip route prepend`), or shares its traffic (IPv6).
 */
function writeRoute(
  w: NetlinkWriter,
  kind: 'add' | 'remove',
  route: VirtualRoute,
  indexOf: (name: string) => number,
  sequence: number,
): void {
  const adds = kind === 'add';
  const type = adds ? W.RTM_NEWROUTE : W.RTM_DELROUTE;
  const flags = NLM_F_REQUEST | NLM_F_ACK | (adds ? S.NLM_F_CREATE : 0);
  // struct rtmsg: u8 family, destination's and source's prefix lengths, TOS, table, protocol, scope, type; u32 flags.
  const header = new Uint8Array(12);
  header.set([familyNumber(route.family), route.to.prefix, 0, 0, shortTable(route.table), OUR_PROTOCOL]);
  header[6] = scopeOf(route, adds);
  header[7] = TYPES[route.type];
  new DataView(header.buffer).setUint32(8, route.onlink ? W.RTNH_F_ONLINK : 0, LITTLE_ENDIAN);
  w.beginWith(type, flags, sequence, header);
  w.u32(W.RTA_TABLE, route.table);
  if (route.to.prefix > 0) address(w, W.RTA_DST, route.to.address);
  w.u32(W.RTA_PRIORITY, route.metric ?? METRICS[route.family]);
  if (route.via !== null) address(w, W.RTA_GATEWAY, route.via);
  if (route.interface !== null) w.u32(W.RTA_OIF, indexOf(route.interface));
  if (route.nexthops.length > 0) {
    const hops = nexthops(route.nexthops, indexOf);
    w.room(W.RTA_MULTIPATH, hops.length).set(hops);
  }
  // What does not tell one route from another is not needed to find it.
  if (!adds) return;
  if (route.source !== null) address(w, W.RTA_PREFSRC, route.source);
  if (route.mtu !== null) {
    const metrics = w.openNest(W.RTA_METRICS);
    w.u32(W.RTAX_MTU, route.mtu);
    w.closeNest(metrics);
  }
}

/** As iproute2 does: on the link where there is no gateway; when removing, whichever. IPv6 has none. */
function scopeOf(route: VirtualRoute, adds: boolean): number {
  if (route.family === 6) return S.RT_SCOPE_UNIVERSE;
  if (route.scope !== null) return SCOPES[route.scope];
  if (!adds) return W.RT_SCOPE_NOWHERE;
  const direct = route.type === 'unicast' && route.via === null && route.nexthops.length === 0;
  return direct ? S.RT_SCOPE_LINK : S.RT_SCOPE_UNIVERSE;
}

/** struct rtnexthop: u16 length, u8 flags, u8 weight − 1, i32 index; then the gateway as an attribute. */
function nexthops(list: readonly NextHop[], indexOf: (name: string) => number): Uint8Array {
  const parts = list.map((hop) => {
    const gateway = hop.via === null ? new Uint8Array(0) : ipToBytes(hop.via);
    const length = 8 + (hop.via === null ? 0 : 4 + gateway.length);
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, length, LITTLE_ENDIAN);
    view.setUint8(3, hop.weight - 1);
    view.setInt32(4, hop.interface === null ? 0 : indexOf(hop.interface), LITTLE_ENDIAN);
    if (hop.via !== null) {
      view.setUint16(8, 4 + gateway.length, LITTLE_ENDIAN);
      view.setUint16(10, W.RTA_GATEWAY, LITTLE_ENDIAN);
      bytes.set(gateway, 12);
    }
    return bytes;
  });
  return new Uint8Array(Buffer.concat(parts));
}

function writeRule(w: NetlinkWriter, kind: 'add' | 'remove', rule: VirtualRule, sequence: number): void {
  const adds = kind === 'add';
  const flags = NLM_F_REQUEST | NLM_F_ACK | (adds ? S.NLM_F_CREATE | S.NLM_F_EXCL : 0);
  // struct fib_rule_hdr: u8 family, destination's and source's prefix lengths, TOS, table, 2 reserved, action; u32 flags.
  const header = new Uint8Array(12);
  header.set([familyNumber(rule.family), rule.to?.prefix ?? 0, rule.from?.prefix ?? 0, 0, shortTable(rule.table)]);
  header[7] = W.FR_ACT_TO_TBL;
  new DataView(header.buffer).setUint32(8, rule.not ? W.FIB_RULE_INVERT : 0, LITTLE_ENDIAN);
  w.beginWith(adds ? W.RTM_NEWRULE : W.RTM_DELRULE, flags, sequence, header);
  w.u32(W.FRA_TABLE, rule.table);
  w.u32(W.FRA_PRIORITY, rule.priority);
  w.room(W.FRA_PROTOCOL, 1)[0] = OUR_PROTOCOL;
  if (rule.to !== null && rule.to.prefix > 0) address(w, W.FRA_DST, rule.to.address);
  if (rule.from !== null && rule.from.prefix > 0) address(w, W.FRA_SRC, rule.from.address);
  if (rule.iif !== null) w.string(W.FRA_IIFNAME, rule.iif);
  if (rule.oif !== null) w.string(W.FRA_OIFNAME, rule.oif);
  if (rule.fwmark !== null) w.u32(W.FRA_FWMARK, rule.fwmark);
  if (rule.mask !== null) w.u32(W.FRA_FWMASK, rule.mask);
}

function address(w: NetlinkWriter, type: number, of: Ip): void {
  const bytes = ipToBytes(of);
  w.room(type, bytes.length).set(bytes);
}

const familyNumber = (family: Family): number => (family === 4 ? S.AF_INET : S.AF_INET6);
/** One byte has room for the old tables only; RTA_TABLE and FRA_TABLE say all. */
const shortTable = (table: number): number => (table < 256 ? table : 0);
