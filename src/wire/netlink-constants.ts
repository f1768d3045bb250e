/**
 * Numbers of <linux/netlink.h>, <linux/genetlink.h> and <asm/socket.h>, under the header's own names: a test compiles the
 * headers and compares each one.
 */
export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOL_SOCKET = 1;
export const SO_RCVBUFFORCE = 33;

export const NETLINK_GENERIC = 16;
export const SOL_NETLINK = 270;
/** Answers with an error carry the header of the request only, not all of it. */
export const NETLINK_CAP_ACK = 10;
/** Answers with an error may carry a sentence. */
export const NETLINK_EXT_ACK = 11;

export const NLM_F_REQUEST = 0x1;
export const NLM_F_MULTI = 0x2;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CAPPED = 0x100;
export const NLM_F_ACK_TLVS = 0x200;

export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLMSG_OVERRUN = 4;
export const NLMSG_ALIGNTO = 4;

export const NLMSGERR_ATTR_MSG = 1;
export const NLMSGERR_ATTR_OFFS = 2;

export const NLA_F_NESTED = 0x8000;
/** ~(NLA_F_NESTED | NLA_F_NET_BYTEORDER). */
export const NLA_TYPE_MASK = -49153;
export const NLA_ALIGNTO = 4;

export const GENL_ID_CTRL = 16;
export const CTRL_CMD_NEWFAMILY = 1;
export const CTRL_CMD_GETFAMILY = 3;
export const CTRL_ATTR_FAMILY_ID = 1;
export const CTRL_ATTR_FAMILY_NAME = 2;
export const GENL_NAMSIZ = 16;

/** sizeof(struct nlmsghdr): u32 length, u16 type, u16 flags, u32 sequence, u32 port. */
export const SIZEOF_NLMSGHDR = 16;
/** sizeof(struct genlmsghdr): u8 command, u8 version, u16 reserved. */
export const SIZEOF_GENLMSGHDR = 4;
/** sizeof(struct nlattr): u16 length, u16 type. */
export const SIZEOF_NLATTR = 4;
/** sizeof(struct nlmsgerr): i32 error, then the request's header. */
export const SIZEOF_NLMSGERR = 20;
/** sizeof(struct sockaddr_nl): u16 family, u16 padding, u32 port, u32 groups. */
export const SIZEOF_SOCKADDR_NL = 12;
