import type { WantedRoute } from '../ports/track-routes.js';
import { bytesIn, type Family, ipToBytes } from '../values/ip.js';
import { encode, give, type Instruction, JUMP_EQUAL, LOAD_BYTE, load, NOTHING, WHOLE } from '../wire/bpf-program.js';
import { Attributes, LITTLE_ENDIAN, type NetlinkMessage } from '../wire/netlink.js';
import { NLM_F_DUMP, NLM_F_REQUEST, SIZEOF_NLATTR, SIZEOF_NLMSGHDR } from '../wire/netlink-constants.js';
import { AF_INET, AF_INET6, RTM_NEWLINK } from './socket-numbers.js';
import { RTA_DST, RTA_MULTIPATH, RTA_OIF, RTA_TABLE, RTM_DELROUTE, RTM_NEWROUTE, RTN_UNICAST } from './way-numbers.js';

/** Numbers of <linux/rtnetlink.h>, under the header's own names. */
export const RTM_DELLINK = 17;
export const RTM_GETROUTE = 26;
export const RTM_F_CLONED = 0x200;
export const RTNH_F_DEAD = 1;
export const RTNH_F_LINKDOWN = 16;
/** sizeof(struct rtmsg): u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags. */
export const SIZEOF_RTMSG = 12;
/** sizeof(struct rtnexthop): u16 len; u8 flags, hops; i32 ifindex. */
export const SIZEOF_RTNEXTHOP = 8;

/** It leads nowhere: its interface is down, or has no carrier. */
const NOWHERE = RTNH_F_DEAD | RTNH_F_LINKDOWN;
const FAMILIES: Readonly<Record<Family, number>> = { 4: AF_INET, 6: AF_INET6 };

/** Asks for all routes of a family. */
export function encodeGetRoutes(family: Family, sequence: number): Uint8Array {
  const bytes = new Uint8Array(SIZEOF_NLMSGHDR + SIZEOF_RTMSG);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, LITTLE_ENDIAN);
  view.setUint16(4, RTM_GETROUTE, LITTLE_ENDIAN);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, LITTLE_ENDIAN);
  view.setUint32(8, sequence, LITTLE_ENDIAN);
  bytes[SIZEOF_NLMSGHDR] = FAMILIES[family];
  return bytes;
}

/** Whether a row of a dump is the route that is wanted, and leads somewhere. `index`: of its interface; null for any. */
export function isRoute(row: NetlinkMessage, wanted: WantedRoute, index: number | null): boolean {
  const { bytes, view, start, end } = row;
  if (row.type !== RTM_NEWROUTE || end - start < SIZEOF_RTMSG) return false;
  const flags = view.getUint32(start + 8, LITTLE_ENDIAN);
  if (bytes[start] !== FAMILIES[wanted.family] || bytes[start + 1] !== wanted.to.prefix) return false;
  // Not one for packets of some sources or a service class only, and none that the kernel keeps for itself.
  if (bytes[start + 2] !== 0 || bytes[start + 3] !== 0 || (flags & RTM_F_CLONED) !== 0) return false;
  if (bytes[start + 7] !== RTN_UNICAST) return false;
  const attributes = new Attributes(bytes, start + SIZEOF_RTMSG, end, RTA_TABLE, view);
  if ((attributes.u32(RTA_TABLE) ?? bytes[start + 4]) !== wanted.table) return false;
  if (!sameNetwork(attributes.bytes(RTA_DST, bytesIn(wanted.family)), wanted)) return false;
  const hops = hopsOf(row, attributes, flags);
  return hops.some((hop) => (hop.flags & NOWHERE) === 0 && (index === null || hop.index === index));
}

/** The default route has no destination. */
function sameNetwork(found: Uint8Array | null, { to }: WantedRoute): boolean {
  if (found === null) return to.prefix === 0;
  const address = ipToBytes(to.address);
  return address.every((byte, i) => byte === found[i]);
}

interface Hop {
  readonly flags: number;
  readonly index: number | null;
}

/** Its ways: one in the route itself, or several as struct rtnexthop each. */
function hopsOf({ bytes, view, start, end }: NetlinkMessage, attributes: Attributes, flags: number): Hop[] {
  const several = placeOf(bytes, view, start + SIZEOF_RTMSG, end, RTA_MULTIPATH);
  if (several === null) return [{ flags, index: attributes.u32(RTA_OIF) }];
  const hops: Hop[] = [];
  let at = several.start;
  while (several.end - at >= SIZEOF_RTNEXTHOP) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < SIZEOF_RTNEXTHOP || length > several.end - at) break;
    hops.push({ flags: bytes[at + 2] ?? 0, index: view.getInt32(at + 4, LITTLE_ENDIAN) });
    at += (length + 3) & ~3;
  }
  return hops;
}

/** Where an attribute's payload lies, which {@link Attributes} gives for a known size only. */
function placeOf(bytes: Uint8Array, view: DataView, start: number, end: number, type: number) {
  for (let at = start; Math.min(end, bytes.length) - at >= SIZEOF_NLATTR; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < SIZEOF_NLATTR || at + length > end) return null;
    if (view.getUint16(at + 2, LITTLE_ENDIAN) === type) return { start: at + SIZEOF_NLATTR, end: at + length };
    at += (length + 3) & ~3;
  }
  return null;
}

/**
 * A socket filter that lets through what may change one of these: any link, and routes with their prefix length. A
 * router with all routes of the internet sees thousands of others.
 */
export function onlyRoutes(wanted: readonly WantedRoute[]): Uint8Array {
  const lengths = [...new Set(wanted.map((w) => w.to.prefix))];
  // The type is below 256, and netlink has it in the host's order.
  const type = load(LOAD_BYTE, LITTLE_ENDIAN ? 4 : 5);
  const equal = (operand: number, ifTrue: number, ifFalse: number): Instruction => ({
    code: JUMP_EQUAL,
    ifTrue,
    ifFalse,
    operand,
  });
  const n = lengths.length;
  return encode([
    type,
    equal(RTM_NEWLINK, n + 5, 0),
    equal(RTM_DELLINK, n + 4, 0),
    equal(RTM_NEWROUTE, 1, 0),
    equal(RTM_DELROUTE, 0, n + 1),
    load(LOAD_BYTE, SIZEOF_NLMSGHDR + 1),
    ...lengths.map((length, i) => equal(length, n - i, 0)),
    give(NOTHING),
    give(WHOLE),
  ]);
}
