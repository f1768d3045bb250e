import { bytesIn, type Family, type Ip, ipFromBytes } from '../values/ip.js';
import { genericAttributes, genericCommand } from './generic-netlink.js';
import { maskOf, type WireServerKey, type WireServiceKey, type WireServiceSettings, type WireTunnel } from './ipvs.js';
import * as C from './ipvs-constants.js';
import type { Attributes, NetlinkMessage } from './netlink.js';

/** Counters as in core/ipvs/table.ts: totals, and rates per second as the kernel estimates them. */
export interface WireStats {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly connectionRate: number;
  readonly inPacketRate: number;
  readonly outPacketRate: number;
  readonly inByteRate: number;
  readonly outByteRate: number;
}

/** A service of a dump. */
export interface WireService {
  readonly key: WireServiceKey;
  readonly settings: WireServiceSettings;
  readonly stats: WireStats;
  /** It carries something that {@link WireServiceSettings} cannot say: another flag, a mask with holes. */
  readonly irregular?: true;
}

/** A destination of a dump. */
export interface WireServer {
  readonly key: WireServerKey;
  readonly forward: 'masq' | 'dr' | 'tunnel' | 'local' | 'bypass';
  readonly weight: number;
  readonly upper: number;
  readonly lower: number;
  readonly tunnel: WireTunnel | null;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats: WireStats;
  /** Its tunnel is of no type that we know. */
  readonly irregular?: true;
}

/** `foreign`: well-formed, but of a kind that we never make (another protocol). `damaged` says which part is missing. */
export type Decoded<T> =
  | { readonly kind: 'ours'; readonly value: T }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'damaged'; readonly why: string };

const FOREIGN = { kind: 'foreign' } as const;
const damaged = (why: string) => ({ kind: 'damaged', why }) as const;

/** One message of a GET_SERVICE dump. */
export function decodeService(message: NetlinkMessage): Decoded<WireService> {
  if (genericCommand(message) !== C.IPVS_CMD_NEW_SERVICE) return damaged('no NEW_SERVICE message');
  const a = genericAttributes(message, C.IPVS_CMD_ATTR_DEST).nested(C.IPVS_CMD_ATTR_SERVICE, C.IPVS_SVC_ATTR_STATS64);
  if (a === null || a.damaged) return damaged('service nest');
  const family = a.u16(C.IPVS_SVC_ATTR_AF);
  if (family === null) return damaged('service family');
  if (family !== C.AF_INET && family !== C.AF_INET6) return FOREIGN;
  const version = family === C.AF_INET ? 4 : 6;
  const key = serviceKey(a, version);
  if (key === null) return damaged('service protocol, address or port');
  if (key === 'foreign') return FOREIGN;
  const scheduler = a.string(C.IPVS_SVC_ATTR_SCHED_NAME);
  const flags = a.bytes(C.IPVS_SVC_ATTR_FLAGS, C.SIZEOF_IP_VS_FLAGS) && a.u32(C.IPVS_SVC_ATTR_FLAGS);
  const timeout = a.u32(C.IPVS_SVC_ATTR_TIMEOUT);
  if (scheduler === null || flags === null || timeout === null) return damaged('service scheduler, flags or timeout');
  const mask = granularity(a, version);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return {
    kind: 'ours',
    value: {
      key,
      settings: {
        scheduler,
        hashFallback: has(C.IP_VS_SVC_F_SCHED1),
        hashPort: has(C.IP_VS_SVC_F_SCHED2),
        onePacket: has(C.IP_VS_SVC_F_ONEPACKET),
        persistence: has(C.IP_VS_SVC_F_PERSISTENT) ? timeout : 0,
        granularity: mask === 'odd' ? null : mask,
        engine: a.string(C.IPVS_SVC_ATTR_PE_NAME),
      },
      stats: stats(a, C.IPVS_SVC_ATTR_STATS64, C.IPVS_SVC_ATTR_STATS),
      ...(mask === 'odd' || (flags & ~KNOWN_FLAGS) !== 0 ? { irregular: true } : {}),
    },
  };
}

const KNOWN_FLAGS =
  C.IP_VS_SVC_F_PERSISTENT |
  C.IP_VS_SVC_F_HASHED |
  C.IP_VS_SVC_F_ONEPACKET |
  C.IP_VS_SVC_F_SCHED1 |
  C.IP_VS_SVC_F_SCHED2;

function serviceKey(a: Attributes, family: Family): WireServiceKey | 'foreign' | null {
  const mark = a.u32(C.IPVS_SVC_ATTR_FWMARK);
  if (mark !== null) return { mark, family };
  const protocol = protocolName(a.u16(C.IPVS_SVC_ATTR_PROTOCOL));
  const address = ip(a, C.IPVS_SVC_ATTR_ADDR, family);
  const port = a.be16(C.IPVS_SVC_ATTR_PORT);
  if (protocol === null || address === null || port === null) return null;
  return protocol === 'other' ? 'foreign' : { protocol, address, port };
}

/** null is the whole address. */
function granularity(a: Attributes, family: Family): number | null | 'odd' {
  if (family === 6) {
    const bits = a.u32(C.IPVS_SVC_ATTR_NETMASK) ?? 128;
    return bits === 128 ? null : bits;
  }
  const mask = a.be32(C.IPVS_SVC_ATTR_NETMASK) ?? 0xffffffff;
  const bits = Math.clz32(~mask >>> 0);
  if (maskOf(bits) !== mask) return 'odd';
  return bits === 32 ? null : bits;
}

/** One message of a GET_DEST dump. */
export function decodeServer(message: NetlinkMessage): Decoded<WireServer> {
  if (genericCommand(message) !== C.IPVS_CMD_NEW_DEST) return damaged('no NEW_DEST message');
  const a = genericAttributes(message, C.IPVS_CMD_ATTR_DEST).nested(C.IPVS_CMD_ATTR_DEST, C.IPVS_DEST_ATTR_TUN_FLAGS);
  if (a === null || a.damaged) return damaged('destination nest');
  // Absent before Linux 3.18, where a destination has its service's family.
  const family = a.u16(C.IPVS_DEST_ATTR_ADDR_FAMILY) ?? C.AF_INET;
  if (family !== C.AF_INET && family !== C.AF_INET6) return FOREIGN;
  const address = ip(a, C.IPVS_DEST_ATTR_ADDR, family === C.AF_INET ? 4 : 6);
  const port = a.be16(C.IPVS_DEST_ATTR_PORT);
  const method = a.u32(C.IPVS_DEST_ATTR_FWD_METHOD);
  const weight = a.u32(C.IPVS_DEST_ATTR_WEIGHT);
  if (address === null || port === null) return damaged('destination address or port');
  if (method === null || weight === null) return damaged('destination forwarding method or weight');
  const forward = FORWARD[method & C.IP_VS_CONN_F_FWD_MASK];
  if (forward === undefined) return damaged(`destination forwarding method ${method}`);
  const tunnel = forward === 'tunnel' ? tunnelOf(a) : null;
  return {
    kind: 'ours',
    value: {
      key: { address, port },
      forward,
      weight,
      upper: a.u32(C.IPVS_DEST_ATTR_U_THRESH) ?? 0,
      lower: a.u32(C.IPVS_DEST_ATTR_L_THRESH) ?? 0,
      tunnel: tunnel === 'odd' ? null : tunnel,
      activeConnections: a.u32(C.IPVS_DEST_ATTR_ACTIVE_CONNS) ?? 0,
      inactiveConnections: a.u32(C.IPVS_DEST_ATTR_INACT_CONNS) ?? 0,
      persistentConnections: a.u32(C.IPVS_DEST_ATTR_PERSIST_CONNS) ?? 0,
      stats: stats(a, C.IPVS_DEST_ATTR_STATS64, C.IPVS_DEST_ATTR_STATS),
      ...(tunnel === 'odd' ? { irregular: true } : {}),
    },
  };
}

const TUNNEL: Readonly<Record<number, WireTunnel['type']>> = {
  [C.IP_VS_CONN_F_TUNNEL_TYPE_IPIP]: 'ipip',
  [C.IP_VS_CONN_F_TUNNEL_TYPE_GUE]: 'gue',
  [C.IP_VS_CONN_F_TUNNEL_TYPE_GRE]: 'gre',
};

/** IPIP where the kernel says nothing: it is older than the other types (5.3). */
function tunnelOf(a: Attributes): WireTunnel | 'odd' {
  const type = TUNNEL[a.u8(C.IPVS_DEST_ATTR_TUN_TYPE) ?? C.IP_VS_CONN_F_TUNNEL_TYPE_IPIP];
  if (type === undefined) return 'odd';
  // Of IPIP the kernel repeats whatever it was told, and uses neither.
  if (type === 'ipip') return { type, port: 0, checksum: 'none' };
  const flags = a.u16(C.IPVS_DEST_ATTR_TUN_FLAGS) ?? 0;
  const remote = (flags & C.IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM) !== 0;
  const own = (flags & C.IP_VS_TUNNEL_ENCAP_FLAG_CSUM) !== 0;
  const port = type === 'gue' ? (a.be16(C.IPVS_DEST_ATTR_TUN_PORT) ?? 0) : 0;
  return { type, port, checksum: remote ? 'remcsum' : own ? 'csum' : 'none' };
}

const FORWARD: Readonly<Record<number, WireServer['forward']>> = {
  [C.IP_VS_CONN_F_MASQ]: 'masq',
  [C.IP_VS_CONN_F_LOCALNODE]: 'local',
  [C.IP_VS_CONN_F_TUNNEL]: 'tunnel',
  [C.IP_VS_CONN_F_DROUTE]: 'dr',
  [C.IP_VS_CONN_F_BYPASS]: 'bypass',
};

const PROTOCOL: Readonly<Record<number, 'tcp' | 'udp' | 'sctp'>> = {
  [C.IPPROTO_TCP]: 'tcp',
  [C.IPPROTO_UDP]: 'udp',
  [C.IPPROTO_SCTP]: 'sctp',
};

const protocolName = (number: number | null): 'tcp' | 'udp' | 'sctp' | 'other' | null =>
  number === null ? null : (PROTOCOL[number] ?? 'other');

function ip(a: Attributes, type: number, family: Family): Ip | null {
  const bytes = a.bytes(type, bytesIn(family));
  return bytes === null ? null : ipFromBytes(family, bytes);
}

/** STATS64 where the kernel has it (since 4.1): the older one wraps its counters at 32 bits. */
function stats(a: Attributes, wide: number, narrow: number): WireStats {
  const s64 = a.nested(wide, C.IPVS_STATS_ATTR_OUTBPS);
  const s = s64 ?? a.nested(narrow, C.IPVS_STATS_ATTR_OUTBPS);
  const count = (type: number): number => (s64 === null ? s?.u32(type) : s64.u64(type)) ?? 0;
  return {
    connections: count(C.IPVS_STATS_ATTR_CONNS),
    inPackets: count(C.IPVS_STATS_ATTR_INPKTS),
    outPackets: count(C.IPVS_STATS_ATTR_OUTPKTS),
    inBytes: s?.u64(C.IPVS_STATS_ATTR_INBYTES) ?? 0,
    outBytes: s?.u64(C.IPVS_STATS_ATTR_OUTBYTES) ?? 0,
    connectionRate: count(C.IPVS_STATS_ATTR_CPS),
    inPacketRate: count(C.IPVS_STATS_ATTR_INPPS),
    outPacketRate: count(C.IPVS_STATS_ATTR_OUTPPS),
    inByteRate: count(C.IPVS_STATS_ATTR_INBPS),
    outByteRate: count(C.IPVS_STATS_ATTR_OUTBPS),
  };
}
