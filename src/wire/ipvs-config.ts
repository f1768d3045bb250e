import { genericAttributes, genericCommand } from './generic-netlink.js';
import type { Envelope } from './ipvs.js';
import * as C from './ipvs-constants.js';
import type { Decoded } from './ipvs-dump.js';
import type { NetlinkMessage, NetlinkWriter } from './netlink.js';
import { NLM_F_ACK, NLM_F_REQUEST } from './netlink-constants.js';

/** Timeouts of connections, in seconds; null is one that the kernel does not tell: it has not that protocol. */
export interface WireTimeouts {
  readonly tcp: number | null;
  readonly tcp_fin: number | null;
  readonly udp: number | null;
}

/** GET_CONFIG: the timeouts, and an acknowledgement. */
export function encodeGetTimeouts(w: NetlinkWriter, to: Envelope): void {
  w.begin(to.family, NLM_F_REQUEST | NLM_F_ACK, to.sequence, C.IPVS_CMD_GET_CONFIG, C.IPVS_GENL_VERSION);
  w.end();
}

/** SET_CONFIG. What is left out stays as it is: the kernel reads 0 so. */
export function encodeSetTimeouts(w: NetlinkWriter, to: Envelope, values: Partial<WireTimeouts>): void {
  w.begin(to.family, NLM_F_REQUEST | NLM_F_ACK, to.sequence, C.IPVS_CMD_SET_CONFIG, C.IPVS_GENL_VERSION);
  if (values.tcp != null) w.u32(C.IPVS_CMD_ATTR_TIMEOUT_TCP, values.tcp);
  if (values.tcp_fin != null) w.u32(C.IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, values.tcp_fin);
  if (values.udp != null) w.u32(C.IPVS_CMD_ATTR_TIMEOUT_UDP, values.udp);
  w.end();
}

/** The answer to GET_CONFIG, which comes as a SET_CONFIG. */
export function decodeTimeouts(message: NetlinkMessage): Decoded<WireTimeouts> {
  if (genericCommand(message) !== C.IPVS_CMD_SET_CONFIG) return { kind: 'damaged', why: 'no SET_CONFIG message' };
  const a = genericAttributes(message, C.IPVS_CMD_ATTR_TIMEOUT_UDP);
  if (a.damaged) return { kind: 'damaged', why: 'timeouts' };
  return {
    kind: 'ours',
    value: {
      tcp: a.u32(C.IPVS_CMD_ATTR_TIMEOUT_TCP),
      tcp_fin: a.u32(C.IPVS_CMD_ATTR_TIMEOUT_TCP_FIN),
      udp: a.u32(C.IPVS_CMD_ATTR_TIMEOUT_UDP),
    },
  };
}
