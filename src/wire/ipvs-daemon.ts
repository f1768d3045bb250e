import { familyOf, type Ip, ipFromBytes, ipToBytes } from '../values/ip.js';
import { genericAttributes, genericCommand } from './generic-netlink.js';
import type { Envelope } from './ipvs.js';
import * as C from './ipvs-constants.js';
import type { Decoded } from './ipvs-dump.js';
import type { Attributes, NetlinkMessage, NetlinkWriter } from './netlink.js';
import { NLM_F_DUMP, NLM_F_REQUEST } from './netlink-constants.js';

/** One of the kernel's two connection-sync daemons. */
export interface WireDaemon {
  readonly role: 'master' | 'backup';
  readonly interface: string;
  /** 0 to 255. */
  readonly id: number;
  /** A multicast address of either family. */
  readonly group: Ip;
  /** UDP. */
  readonly port: number;
  readonly ttl: number;
  /** Bytes of a message, headers not counted; null leaves it to the kernel. */
  readonly maxlen: number | null;
}

const STATE = { master: C.IP_VS_STATE_MASTER, backup: C.IP_VS_STATE_BACKUP } as const;

/** NEW_DAEMON. EEXIST while one of that role runs. */
export function encodeStartDaemon(w: NetlinkWriter, to: Envelope, daemon: WireDaemon): void {
  open(w, to, C.IPVS_CMD_NEW_DAEMON);
  const nest = w.openNest(C.IPVS_CMD_ATTR_DAEMON);
  w.u32(C.IPVS_DAEMON_ATTR_STATE, STATE[daemon.role]);
  w.string(C.IPVS_DAEMON_ATTR_MCAST_IFN, daemon.interface);
  w.u32(C.IPVS_DAEMON_ATTR_SYNC_ID, daemon.id);
  if (daemon.maxlen !== null) w.u16(C.IPVS_DAEMON_ATTR_SYNC_MAXLEN, daemon.maxlen);
  const group = ipToBytes(daemon.group);
  w.room(
    familyOf(daemon.group) === 4 ? C.IPVS_DAEMON_ATTR_MCAST_GROUP : C.IPVS_DAEMON_ATTR_MCAST_GROUP6,
    group.length,
  ).set(group);
  // Host order, unlike the ports of services and destinations.
  w.u16(C.IPVS_DAEMON_ATTR_MCAST_PORT, daemon.port);
  w.room(C.IPVS_DAEMON_ATTR_MCAST_TTL, 1)[0] = daemon.ttl;
  w.closeNest(nest);
  w.end();
}

/** DEL_DAEMON. ESRCH when none of that role runs. */
export function encodeStopDaemon(w: NetlinkWriter, to: Envelope, role: 'master' | 'backup'): void {
  open(w, to, C.IPVS_CMD_DEL_DAEMON);
  const nest = w.openNest(C.IPVS_CMD_ATTR_DAEMON);
  w.u32(C.IPVS_DAEMON_ATTR_STATE, STATE[role]);
  w.closeNest(nest);
  w.end();
}

/** GET_DAEMON, a dump: a row for each daemon that runs, two at most. */
export function encodeDumpDaemons(w: NetlinkWriter, to: Envelope): void {
  open(w, { ...to, flags: NLM_F_DUMP }, C.IPVS_CMD_GET_DAEMON);
  w.end();
}

/** One message of a GET_DAEMON dump. */
export function decodeDaemon(message: NetlinkMessage): Decoded<WireDaemon> {
  if (genericCommand(message) !== C.IPVS_CMD_NEW_DAEMON) return damaged('no NEW_DAEMON message');
  const top = genericAttributes(message, C.IPVS_CMD_ATTR_DAEMON);
  const a = top.nested(C.IPVS_CMD_ATTR_DAEMON, C.IPVS_DAEMON_ATTR_MCAST_TTL);
  if (a === null || a.damaged) return damaged('daemon nest');
  const state = a.u32(C.IPVS_DAEMON_ATTR_STATE);
  const role = state === STATE.master ? 'master' : state === STATE.backup ? 'backup' : null;
  const name = a.string(C.IPVS_DAEMON_ATTR_MCAST_IFN);
  const id = a.u32(C.IPVS_DAEMON_ATTR_SYNC_ID);
  if (role === null || name === null || id === null) return damaged('daemon state, interface or id');
  const group = groupOf(a);
  const port = a.u16(C.IPVS_DAEMON_ATTR_MCAST_PORT);
  const ttl = a.u8(C.IPVS_DAEMON_ATTR_MCAST_TTL);
  const maxlen = a.u16(C.IPVS_DAEMON_ATTR_SYNC_MAXLEN);
  // Before Linux 4.3 these were fixed, and the kernel does not tell them.
  const [defaultGroup, defaultPort, defaultTtl] = BEFORE_4_3;
  return {
    kind: 'ours',
    value: {
      role,
      interface: name,
      id,
      group: group ?? defaultGroup,
      port: port ?? defaultPort,
      ttl: ttl ?? defaultTtl,
      maxlen,
    },
  };
}

/** IP_VS_SYNC_GROUP and IP_VS_SYNC_PORT in net/netfilter/ipvs/ip_vs_sync.c, and the TTL that its socket had. */
const BEFORE_4_3 = [ipFromBytes(4, Uint8Array.of(224, 0, 0, 81)), 8848, 1] as const;

function groupOf(a: Attributes): Ip | null {
  const group4 = a.bytes(C.IPVS_DAEMON_ATTR_MCAST_GROUP, 4);
  if (group4 !== null) return ipFromBytes(4, group4);
  const group6 = a.bytes(C.IPVS_DAEMON_ATTR_MCAST_GROUP6, 16);
  return group6 === null ? null : ipFromBytes(6, group6);
}

const open = (w: NetlinkWriter, to: Envelope, command: number): void =>
  w.begin(to.family, NLM_F_REQUEST | (to.flags ?? 0), to.sequence, command, C.IPVS_GENL_VERSION);

const damaged = (why: string) => ({ kind: 'damaged', why }) as const;
