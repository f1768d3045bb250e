import type { Ipv4 } from '../values/ipv4.js';
import { ipv4FromBytes } from '../values/ipv4.js';
import { genericAttributes, genericCommand } from './generic-netlink.js';
import type { WireServerKey, WireServiceKey, WireServiceSettings } from './ipvs.js';
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
  /** It carries something that {@link WireServiceSettings} cannot say: a flag, a mask, a persistence engine. */
  readonly irregular?: true;
}

/** A destination of a dump. */
export interface WireServer {
  readonly key: WireServerKey;
  readonly forward: 'masq' | 'dr' | 'tunnel' | 'local' | 'bypass';
  readonly weight: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats: WireStats;
  /** It has connection thresholds, or a tunnel that is not IPIP. */
  readonly irregular?: true;
}

/** `foreign`: well-formed, but of a kind that we never make (IPv6, fwmark, sctp). `damaged` says which part is missing. */
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
  if (family !== C.AF_INET || a.u32(C.IPVS_SVC_ATTR_FWMARK) !== null) return FOREIGN;
  const protocol = protocolName(a.u16(C.IPVS_SVC_ATTR_PROTOCOL));
  const address = ipv4(a, C.IPVS_SVC_ATTR_ADDR);
  const port = a.be16(C.IPVS_SVC_ATTR_PORT);
  const scheduler = a.string(C.IPVS_SVC_ATTR_SCHED_NAME);
  const flags = a.bytes(C.IPVS_SVC_ATTR_FLAGS, C.SIZEOF_IP_VS_FLAGS) && a.u32(C.IPVS_SVC_ATTR_FLAGS);
  const timeout = a.u32(C.IPVS_SVC_ATTR_TIMEOUT);
  if (protocol === null || address === null || port === null) return damaged('service protocol, address or port');
  if (protocol === 'other') return FOREIGN;
  if (scheduler === null || flags === null || timeout === null) return damaged('service scheduler, flags or timeout');
  const odd =
    (flags & ~(C.IP_VS_SVC_F_PERSISTENT | C.IP_VS_SVC_F_HASHED)) !== 0 ||
    a.be32(C.IPVS_SVC_ATTR_NETMASK) !== 0xffffffff ||
    a.string(C.IPVS_SVC_ATTR_PE_NAME) !== null;
  const persistence = (flags & C.IP_VS_SVC_F_PERSISTENT) === 0 ? 0 : timeout;
  return {
    kind: 'ours',
    value: {
      key: { protocol, address, port },
      settings: { scheduler, persistence },
      stats: stats(a, C.IPVS_SVC_ATTR_STATS64, C.IPVS_SVC_ATTR_STATS),
      ...(odd ? { irregular: true } : {}),
    },
  };
}

/** One message of a GET_DEST dump. */
export function decodeServer(message: NetlinkMessage): Decoded<WireServer> {
  if (genericCommand(message) !== C.IPVS_CMD_NEW_DEST) return damaged('no NEW_DEST message');
  const a = genericAttributes(message, C.IPVS_CMD_ATTR_DEST).nested(C.IPVS_CMD_ATTR_DEST, C.IPVS_DEST_ATTR_TUN_FLAGS);
  if (a === null || a.damaged) return damaged('destination nest');
  // Absent before Linux 3.18, where a destination has its service's family.
  if ((a.u16(C.IPVS_DEST_ATTR_ADDR_FAMILY) ?? C.AF_INET) !== C.AF_INET) return FOREIGN;
  const address = ipv4(a, C.IPVS_DEST_ATTR_ADDR);
  const port = a.be16(C.IPVS_DEST_ATTR_PORT);
  const method = a.u32(C.IPVS_DEST_ATTR_FWD_METHOD);
  const weight = a.u32(C.IPVS_DEST_ATTR_WEIGHT);
  if (address === null || port === null) return damaged('destination address or port');
  if (method === null || weight === null) return damaged('destination forwarding method or weight');
  const forward = FORWARD[method & C.IP_VS_CONN_F_FWD_MASK];
  if (forward === undefined) return damaged(`destination forwarding method ${method}`);
  const odd =
    (a.u32(C.IPVS_DEST_ATTR_U_THRESH) ?? 0) !== 0 ||
    (a.u32(C.IPVS_DEST_ATTR_L_THRESH) ?? 0) !== 0 ||
    (forward === 'tunnel' && (a.u8(C.IPVS_DEST_ATTR_TUN_TYPE) ?? 0) !== C.IP_VS_CONN_F_TUNNEL_TYPE_IPIP);
  return {
    kind: 'ours',
    value: {
      key: { address, port },
      forward,
      weight,
      activeConnections: a.u32(C.IPVS_DEST_ATTR_ACTIVE_CONNS) ?? 0,
      inactiveConnections: a.u32(C.IPVS_DEST_ATTR_INACT_CONNS) ?? 0,
      persistentConnections: a.u32(C.IPVS_DEST_ATTR_PERSIST_CONNS) ?? 0,
      stats: stats(a, C.IPVS_DEST_ATTR_STATS64, C.IPVS_DEST_ATTR_STATS),
      ...(odd ? { irregular: true } : {}),
    },
  };
}

const FORWARD: Readonly<Record<number, WireServer['forward']>> = {
  [C.IP_VS_CONN_F_MASQ]: 'masq',
  [C.IP_VS_CONN_F_LOCALNODE]: 'local',
  [C.IP_VS_CONN_F_TUNNEL]: 'tunnel',
  [C.IP_VS_CONN_F_DROUTE]: 'dr',
  [C.IP_VS_CONN_F_BYPASS]: 'bypass',
};

function protocolName(number: number | null): 'tcp' | 'udp' | 'other' | null {
  if (number === null) return null;
  if (number === C.IPPROTO_TCP) return 'tcp';
  return number === C.IPPROTO_UDP ? 'udp' : 'other';
}

function ipv4(a: Attributes, type: number): Ipv4 | null {
  const bytes = a.bytes(type, 4);
  return bytes === null ? null : ipv4FromBytes(bytes);
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
