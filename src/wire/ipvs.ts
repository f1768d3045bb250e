import { type Family, familyOf, type Ip, ipToBytes } from '../values/ip.js';
import * as C from './ipvs-constants.js';
import type { NetlinkWriter } from './netlink.js';
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from './netlink-constants.js';

/** What names a service on the wire: protocol, address and port, or a packet mark of one family. */
export type WireServiceKey =
  | { readonly protocol: 'tcp' | 'udp' | 'sctp'; readonly address: Ip; readonly port: number }
  | { readonly mark: number; readonly family: Family };

/** What is set on a service; all in full, as NEW and SET want them. */
export interface WireServiceSettings {
  readonly scheduler: string;
  readonly hashFallback: boolean;
  readonly hashPort: boolean;
  readonly onePacket: boolean;
  /** Seconds; 0 is none. */
  readonly persistence: number;
  /** A prefix length; null is the whole address. */
  readonly granularity: number | null;
  readonly engine: string | null;
}

/** What names a destination within its service. */
export interface WireServerKey {
  readonly address: Ip;
  readonly port: number;
}

export interface WireTunnel {
  readonly type: 'ipip' | 'gue' | 'gre';
  readonly port: number;
  readonly checksum: 'none' | 'csum' | 'remcsum';
}

export interface WireServerSettings {
  readonly forward: 'masq' | 'dr' | 'tunnel';
  readonly weight: number;
  readonly upper: number;
  readonly lower: number;
  readonly tunnel: WireTunnel | null;
}

/** Where a request goes: the family's number and the number by which its answer is known. */
export interface Envelope {
  readonly family: number;
  readonly sequence: number;
  /** Added to NLM_F_REQUEST. */
  readonly flags?: number;
}

const PROTOCOL = { tcp: C.IPPROTO_TCP, udp: C.IPPROTO_UDP, sctp: C.IPPROTO_SCTP } as const;
const FORWARD = { masq: C.IP_VS_CONN_F_MASQ, dr: C.IP_VS_CONN_F_DROUTE, tunnel: C.IP_VS_CONN_F_TUNNEL } as const;
const TUNNEL = {
  ipip: C.IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
  gue: C.IP_VS_CONN_F_TUNNEL_TYPE_GUE,
  gre: C.IP_VS_CONN_F_TUNNEL_TYPE_GRE,
} as const;
const CHECKSUM = {
  none: C.IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM,
  csum: C.IP_VS_TUNNEL_ENCAP_FLAG_CSUM,
  remcsum: C.IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM,
} as const;

/** NEW_SERVICE or SET_SERVICE. All flags are set: what somebody else put there goes. */
export function encodePutService(
  w: NetlinkWriter,
  to: Envelope,
  how: 'new' | 'set',
  key: WireServiceKey,
  settings: WireServiceSettings,
): void {
  open(w, to, how === 'new' ? C.IPVS_CMD_NEW_SERVICE : C.IPVS_CMD_SET_SERVICE);
  const nest = openService(w, key);
  w.string(C.IPVS_SVC_ATTR_SCHED_NAME, settings.scheduler);
  w.u32Pair(C.IPVS_SVC_ATTR_FLAGS, flagsOf(settings), 0xffffffff);
  w.u32(C.IPVS_SVC_ATTR_TIMEOUT, settings.persistence);
  putGranularity(w, familyOfKey(key), settings.granularity);
  // SET_SERVICE without it clears the engine; an empty one is not taken.
  if (settings.engine !== null) w.string(C.IPVS_SVC_ATTR_PE_NAME, settings.engine);
  w.closeNest(nest);
  w.end();
}

/** DEL_SERVICE: its destinations go with it. */
export function encodeDeleteService(w: NetlinkWriter, to: Envelope, key: WireServiceKey): void {
  open(w, to, C.IPVS_CMD_DEL_SERVICE);
  w.closeNest(openService(w, key));
  w.end();
}

/** NEW_DEST or SET_DEST. A kernel before 5.3 knows no tunnel but IPIP, and is not told of one. */
export function encodePutServer(
  w: NetlinkWriter,
  to: Envelope,
  how: 'new' | 'set',
  service: WireServiceKey,
  key: WireServerKey,
  settings: WireServerSettings,
): void {
  open(w, to, how === 'new' ? C.IPVS_CMD_NEW_DEST : C.IPVS_CMD_SET_DEST);
  w.closeNest(openService(w, service));
  const nest = openServer(w, key);
  w.u32(C.IPVS_DEST_ATTR_FWD_METHOD, FORWARD[settings.forward]);
  w.u32(C.IPVS_DEST_ATTR_WEIGHT, settings.weight);
  w.u32(C.IPVS_DEST_ATTR_U_THRESH, settings.upper);
  w.u32(C.IPVS_DEST_ATTR_L_THRESH, settings.lower);
  const { tunnel } = settings;
  if (settings.forward === 'tunnel' && tunnel !== null && tunnel.type !== 'ipip') {
    w.u8(C.IPVS_DEST_ATTR_TUN_TYPE, TUNNEL[tunnel.type]);
    w.be16(C.IPVS_DEST_ATTR_TUN_PORT, tunnel.port);
    w.u16(C.IPVS_DEST_ATTR_TUN_FLAGS, CHECKSUM[tunnel.checksum]);
  }
  w.closeNest(nest);
  w.end();
}

/** DEL_DEST. */
export function encodeDeleteServer(w: NetlinkWriter, to: Envelope, service: WireServiceKey, key: WireServerKey): void {
  open(w, to, C.IPVS_CMD_DEL_DEST);
  w.closeNest(openService(w, service));
  w.closeNest(openServer(w, key));
  w.end();
}

/** GET_SERVICE, a dump of every service. */
export function encodeDumpServices(w: NetlinkWriter, to: Envelope): void {
  open(w, { ...to, flags: NLM_F_DUMP }, C.IPVS_CMD_GET_SERVICE);
  w.end();
}

/** GET_SERVICE of one: the service and an acknowledgement, or ESRCH. */
export function encodeGetService(w: NetlinkWriter, to: Envelope, key: WireServiceKey): void {
  open(w, { ...to, flags: NLM_F_ACK }, C.IPVS_CMD_GET_SERVICE);
  w.closeNest(openService(w, key));
  w.end();
}

/** GET_DEST, a dump of one service's destinations; of a service that is not there it is empty. */
export function encodeDumpServers(w: NetlinkWriter, to: Envelope, service: WireServiceKey): void {
  open(w, { ...to, flags: NLM_F_DUMP }, C.IPVS_CMD_GET_DEST);
  w.closeNest(openService(w, service));
  w.end();
}

const open = (w: NetlinkWriter, to: Envelope, command: number): void =>
  w.begin(to.family, NLM_F_REQUEST | (to.flags ?? 0), to.sequence, command, C.IPVS_GENL_VERSION);

function openService(w: NetlinkWriter, key: WireServiceKey): number {
  const nest = w.openNest(C.IPVS_CMD_ATTR_SERVICE);
  w.u16(C.IPVS_SVC_ATTR_AF, addressFamily(familyOfKey(key)));
  if ('mark' in key) {
    w.u32(C.IPVS_SVC_ATTR_FWMARK, key.mark);
    return nest;
  }
  w.u16(C.IPVS_SVC_ATTR_PROTOCOL, PROTOCOL[key.protocol]);
  w.room(C.IPVS_SVC_ATTR_ADDR, C.SIZEOF_NF_INET_ADDR).set(ipToBytes(key.address));
  w.be16(C.IPVS_SVC_ATTR_PORT, key.port);
  return nest;
}

function openServer(w: NetlinkWriter, key: WireServerKey): number {
  const nest = w.openNest(C.IPVS_CMD_ATTR_DEST);
  w.u16(C.IPVS_DEST_ATTR_ADDR_FAMILY, addressFamily(familyOf(key.address)));
  w.room(C.IPVS_DEST_ATTR_ADDR, C.SIZEOF_NF_INET_ADDR).set(ipToBytes(key.address));
  w.be16(C.IPVS_DEST_ATTR_PORT, key.port);
  return nest;
}

const familyOfKey = (key: WireServiceKey): Family => ('mark' in key ? key.family : familyOf(key.address));

const addressFamily = (family: Family): number => (family === 4 ? C.AF_INET : C.AF_INET6);

const flagsOf = (s: WireServiceSettings): number =>
  (s.persistence > 0 ? C.IP_VS_SVC_F_PERSISTENT : 0) |
  (s.onePacket ? C.IP_VS_SVC_F_ONEPACKET : 0) |
  (s.hashFallback ? C.IP_VS_SVC_F_SCHED1 : 0) |
  (s.hashPort ? C.IP_VS_SVC_F_SCHED2 : 0);

/** A mask in network order for IPv4, a prefix length in host order for IPv6; wanted without persistence, too. */
function putGranularity(w: NetlinkWriter, family: Family, bits: number | null): void {
  if (family === 6) w.u32(C.IPVS_SVC_ATTR_NETMASK, bits ?? 128);
  else w.be32(C.IPVS_SVC_ATTR_NETMASK, maskOf(bits ?? 32));
}

/** The IPv4 mask of a prefix length. */
export const maskOf = (bits: number): number => (bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);
