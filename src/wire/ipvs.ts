import type { Ipv4 } from '../values/ipv4.js';
import { ipv4ToBytes } from '../values/ipv4.js';
import * as C from './ipvs-constants.js';
import type { NetlinkWriter } from './netlink.js';
import { NLM_F_DUMP, NLM_F_REQUEST } from './netlink-constants.js';

/** What names a service on the wire. */
export interface WireServiceKey {
  readonly protocol: 'tcp' | 'udp';
  readonly address: Ipv4;
  readonly port: number;
}

/** What is set on a service; both in full, as NEW and SET want them. */
export interface WireServiceSettings {
  readonly scheduler: string;
  /** Seconds; 0 is none. */
  readonly persistence: number;
}

/** What names a destination within its service. */
export interface WireServerKey {
  readonly address: Ipv4;
  readonly port: number;
}

export interface WireServerSettings {
  readonly forward: 'masq' | 'dr' | 'tunnel';
  readonly weight: number;
}

/** Where a request goes: the family's number and the number by which its answer is known. */
export interface Envelope {
  readonly family: number;
  readonly sequence: number;
  /** Added to NLM_F_REQUEST. */
  readonly flags?: number;
}

const PROTOCOL = { tcp: C.IPPROTO_TCP, udp: C.IPPROTO_UDP } as const;
const FORWARD = { masq: C.IP_VS_CONN_F_MASQ, dr: C.IP_VS_CONN_F_DROUTE, tunnel: C.IP_VS_CONN_F_TUNNEL } as const;
const WHOLE_ADDRESS = 0xffffffff;

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
  w.u32Pair(C.IPVS_SVC_ATTR_FLAGS, settings.persistence > 0 ? C.IP_VS_SVC_F_PERSISTENT : 0, 0xffffffff);
  w.u32(C.IPVS_SVC_ATTR_TIMEOUT, settings.persistence);
  w.be32(C.IPVS_SVC_ATTR_NETMASK, WHOLE_ADDRESS);
  w.closeNest(nest);
  w.end();
}

/** DEL_SERVICE: its destinations go with it. */
export function encodeDeleteService(w: NetlinkWriter, to: Envelope, key: WireServiceKey): void {
  open(w, to, C.IPVS_CMD_DEL_SERVICE);
  w.closeNest(openService(w, key));
  w.end();
}

/** NEW_DEST or SET_DEST, without connection thresholds; tunnels are IPIP. */
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
  w.u32(C.IPVS_DEST_ATTR_U_THRESH, 0);
  w.u32(C.IPVS_DEST_ATTR_L_THRESH, 0);
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
  w.u16(C.IPVS_SVC_ATTR_AF, C.AF_INET);
  w.u16(C.IPVS_SVC_ATTR_PROTOCOL, PROTOCOL[key.protocol]);
  ipv4ToBytes(key.address, w.room(C.IPVS_SVC_ATTR_ADDR, C.SIZEOF_NF_INET_ADDR));
  w.be16(C.IPVS_SVC_ATTR_PORT, key.port);
  return nest;
}

function openServer(w: NetlinkWriter, key: WireServerKey): number {
  const nest = w.openNest(C.IPVS_CMD_ATTR_DEST);
  w.u16(C.IPVS_DEST_ATTR_ADDR_FAMILY, C.AF_INET);
  ipv4ToBytes(key.address, w.room(C.IPVS_DEST_ATTR_ADDR, C.SIZEOF_NF_INET_ADDR));
  w.be16(C.IPVS_DEST_ATTR_PORT, key.port);
  return nest;
}
