import { Attributes, LITTLE_ENDIAN, type NetlinkMessage, type NetlinkWriter } from '../wire/netlink.js';
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from '../wire/netlink-constants.js';
import * as L from './link-numbers.js';

/** What makes the kernel answer ARP for an interface's own addresses only, and say no others in its questions. */
export interface ArpConf {
  readonly arpIgnore: number;
  readonly arpAnnounce: number;
}

/** One link, as far as virtual MACs are concerned. */
export interface MacLink {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly mac: string;
  /** `macvlan`, null for plain hardware. */
  readonly kind: string | null;
  /** The index of what it lies on, in this namespace. */
  readonly parent: number | null;
  /** What `ip link` shows as its alias. */
  readonly alias: string;
  /** The kernel speaks IPv6 on it. */
  readonly ipv6: boolean;
  /** null where the kernel does not speak IPv4 on it. */
  readonly arp: ArpConf | null;
}

/** A struct ifinfomsg: family, type, index, flags and which flags are changed. */
function header(index: number, flags = 0, change = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, index, LITTLE_ENDIAN);
  view.setUint32(8, flags, LITTLE_ENDIAN);
  view.setUint32(12, change, LITTLE_ENDIAN);
  return bytes;
}

/** Asks for all links, without their counters. */
export function encodeDumpLinks(w: NetlinkWriter, sequence: number): void {
  w.beginWith(L.RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence, header(0));
  w.u32(L.IFLA_EXT_MASK, L.RTEXT_FILTER_SKIP_STATS);
  w.end();
}

/**
 * Makes a macvlan that is down. VEPA: what comes in with this very MAC as its source, from the other routers of the virtual
 * router, still reaches the parent; with the mode private it would reach the macvlan alone.
 */
export function encodeCreateMacvlan(
  w: NetlinkWriter,
  sequence: number,
  macvlan: { readonly name: string; readonly mac: string; readonly parent: number },
): void {
  w.beginWith(L.RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | L.NLM_F_CREATE | L.NLM_F_EXCL, sequence, header(0));
  w.string(L.IFLA_IFNAME, macvlan.name);
  w.u32(L.IFLA_LINK, macvlan.parent);
  w.room(L.IFLA_ADDRESS, 6).set(macvlan.mac.split(':').map((byte) => Number.parseInt(byte, 16)));
  const info = w.openNest(L.IFLA_LINKINFO);
  w.string(L.IFLA_INFO_KIND, 'macvlan');
  const data = w.openNest(L.IFLA_INFO_DATA);
  w.u32(L.IFLA_MACVLAN_MODE, L.MACVLAN_MODE_VEPA);
  w.closeNest(data);
  w.closeNest(info);
  w.end();
}

/** Sets a link's alias (null leaves it) and its per-interface settings: IPv4's by their IPV4_DEVCONF number. */
export function encodeConfigure(
  w: NetlinkWriter,
  sequence: number,
  target: { readonly name: string } | { readonly index: number },
  change: { readonly alias: string | null; readonly ipv4: ReadonlyMap<number, number>; readonly noLinkLocal: boolean },
): void {
  beginSet(w, sequence, target);
  if (change.alias !== null) w.string(L.IFLA_IFALIAS, change.alias);
  const families = w.openNest(L.IFLA_AF_SPEC);
  if (change.ipv4.size > 0) {
    const inet = w.openNest(L.AF_INET);
    const conf = w.openNest(L.IFLA_INET_CONF);
    for (const [number, value] of change.ipv4) w.u32(number, value);
    w.closeNest(conf);
    w.closeNest(inet);
  }
  if (change.noLinkLocal) {
    const inet6 = w.openNest(L.AF_INET6);
    w.room(L.IFLA_INET6_ADDR_GEN_MODE, 1)[0] = L.IN6_ADDR_GEN_MODE_NONE;
    w.closeNest(inet6);
  }
  w.closeNest(families);
  w.end();
}

/** Sets a link up. */
export function encodeUp(w: NetlinkWriter, sequence: number, name: string): void {
  beginSet(w, sequence, { name }, L.IFF_UP);
  w.end();
}

export function encodeDeleteLink(w: NetlinkWriter, sequence: number, index: number): void {
  w.beginWith(L.RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, sequence, header(index));
  w.end();
}

/** Asks for the settings that hold for all interfaces (`net.ipv4.conf.all`). */
export function encodeGetConfAll(w: NetlinkWriter, sequence: number): void {
  const family = Uint8Array.of(L.AF_INET, 0, 0, 0);
  w.beginWith(L.RTM_GETNETCONF, NLM_F_REQUEST | NLM_F_ACK, sequence, family);
  w.u32(L.NETCONFA_IFINDEX, L.NETCONFA_IFINDEX_ALL >>> 0);
  w.end();
}

/** `net.ipv4.conf.all.rp_filter`, or null when the row is no answer to {@link encodeGetConfAll}. */
export function decodeConfAll(row: NetlinkMessage): number | null {
  if (row.type !== L.RTM_NEWNETCONF) return null;
  return new Attributes(row.bytes, row.start + 4, row.end, L.NETCONFA_RP_FILTER, row.view).u32(L.NETCONFA_RP_FILTER);
}

/** @returns null when the row is no link, or is cut short. */
export function decodeMacLink(row: NetlinkMessage): MacLink | null {
  if (row.type !== L.RTM_NEWLINK || row.end - row.start < 16) return null;
  const attributes = new Attributes(row.bytes, row.start + 16, row.end, L.IFLA_LINK_NETNSID, row.view);
  const name = attributes.string(L.IFLA_IFNAME);
  if (name === null || attributes.damaged) return null;
  const hardware = attributes.bytes(L.IFLA_ADDRESS, 6);
  const families = attributes.nested(L.IFLA_AF_SPEC, L.AF_INET6);
  // With a namespace's number the parent's index is that of another namespace.
  const elsewhere = attributes.u32(L.IFLA_LINK_NETNSID) !== null;
  return {
    index: row.view.getInt32(row.start + 4, LITTLE_ENDIAN),
    name,
    up: (row.view.getUint32(row.start + 8, LITTLE_ENDIAN) & L.IFF_UP) !== 0,
    mac: hardware === null ? '' : [...hardware].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
    kind: attributes.nested(L.IFLA_LINKINFO, L.IFLA_INFO_DATA)?.string(L.IFLA_INFO_KIND) ?? null,
    parent: elsewhere ? null : attributes.u32(L.IFLA_LINK),
    alias: attributes.string(L.IFLA_IFALIAS) ?? '',
    ipv6: (families?.nested(L.AF_INET6, 0) ?? null) !== null,
    arp: arpConf(families),
  };
}

/** A dump has them as one array of numbers, the first of which is number 1. */
function arpConf(families: Attributes | null): ArpConf | null {
  const size = 4 * L.IPV4_DEVCONF_ARP_IGNORE;
  const array = families?.nested(L.AF_INET, L.IFLA_INET_CONF)?.bytes(L.IFLA_INET_CONF, size) ?? null;
  if (array === null) return null;
  const view = new DataView(array.buffer, array.byteOffset, array.byteLength);
  const at = (number: number): number => view.getInt32(4 * (number - 1), LITTLE_ENDIAN);
  return { arpIgnore: at(L.IPV4_DEVCONF_ARP_IGNORE), arpAnnounce: at(L.IPV4_DEVCONF_ARP_ANNOUNCE) };
}

function beginSet(
  w: NetlinkWriter,
  sequence: number,
  target: { readonly name: string } | { readonly index: number },
  flags = 0,
): void {
  const index = 'index' in target ? target.index : 0;
  w.beginWith(L.RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, sequence, header(index, flags, flags));
  if ('name' in target) w.string(L.IFLA_IFNAME, target.name);
}
