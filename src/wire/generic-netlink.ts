import { Attributes, LITTLE_ENDIAN, type NetlinkMessage, NetlinkWriter } from './netlink.js';
import {
  AF_NETLINK,
  CTRL_ATTR_FAMILY_ID,
  CTRL_ATTR_FAMILY_NAME,
  CTRL_CMD_GETFAMILY,
  CTRL_CMD_NEWFAMILY,
  GENL_ID_CTRL,
  NLM_F_ACK,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
  SIZEOF_GENLMSGHDR,
  SIZEOF_NLMSGERR,
  SIZEOF_NLMSGHDR,
  SIZEOF_SOCKADDR_NL,
} from './netlink-constants.js';

/** A request for the number of a family; the kernel loads the family's module when it can. */
export function encodeGetFamily(name: string, sequence: number): Uint8Array {
  const w = new NetlinkWriter(64);
  w.begin(GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_ACK, sequence, CTRL_CMD_GETFAMILY, 1);
  w.string(CTRL_ATTR_FAMILY_NAME, name);
  w.end();
  return w.take();
}

/** @returns the family's number, or null when the message is no answer to {@link encodeGetFamily}. */
export function decodeFamily(message: NetlinkMessage): number | null {
  if (message.type !== GENL_ID_CTRL || genericCommand(message) !== CTRL_CMD_NEWFAMILY) return null;
  return genericAttributes(message, CTRL_ATTR_FAMILY_NAME).u16(CTRL_ATTR_FAMILY_ID);
}

/** The command of a generic netlink message; null when it is too short to have one. */
export function genericCommand(message: NetlinkMessage): number | null {
  return message.end - message.start < SIZEOF_GENLMSGHDR ? null : (message.bytes[message.start] ?? null);
}

/** The attributes behind the generic header. */
export const genericAttributes = (message: NetlinkMessage, max: number): Attributes =>
  new Attributes(message.bytes, message.start + SIZEOF_GENLMSGHDR, message.end, max, message.view);

/** How a request ended. */
export interface Verdict {
  /** 0 is done; else the kernel's positive errno. */
  readonly errno: number;
  /** The kernel's sentence (NETLINK_EXT_ACK), where it gave one. */
  readonly message: string | null;
}

/** @returns how the request ended, or null when this message does not say so (it is an answer's data). */
export function decodeVerdict(message: NetlinkMessage): Verdict | null {
  if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) return null;
  const { bytes, view, start, end } = message;
  if (end - start < 4) return { errno: 0, message: null };
  const errno = Math.max(0, -view.getInt32(start, LITTLE_ENDIAN));
  if ((message.flags & NLM_F_ACK_TLVS) === 0) return { errno, message: null };
  let at = start + (message.type === NLMSG_ERROR ? SIZEOF_NLMSGERR : 4);
  if (message.type === NLMSG_ERROR && (message.flags & NLM_F_CAPPED) === 0 && errno !== 0 && end - start >= 8) {
    // Not capped: the whole request follows, padded to 4 bytes, before the attributes.
    at += Math.max(0, ((view.getUint32(start + 4, LITTLE_ENDIAN) + 3) & ~3) - SIZEOF_NLMSGHDR);
  }
  const sentence = at < end ? new Attributes(bytes, at, end, NLMSGERR_ATTR_OFFS, view).string(NLMSGERR_ATTR_MSG) : null;
  return { errno, message: sentence };
}

/** A struct sockaddr_nl: port 0 is the kernel's when sending, and asks it to choose when binding. */
export function netlinkAddress(): Uint8Array {
  const address = new Uint8Array(SIZEOF_SOCKADDR_NL);
  new DataView(address.buffer).setUint16(0, AF_NETLINK, LITTLE_ENDIAN);
  return address;
}

/** Whether a received sockaddr_nl is the kernel's; any process may write to a netlink socket. */
export const isKernel = (address: Uint8Array): boolean =>
  new DataView(address.buffer, address.byteOffset, address.byteLength).getUint32(4, LITTLE_ENDIAN) === 0;
