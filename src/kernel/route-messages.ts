import { parseLink } from 'netlink/dist/rt/structs.js';
import { AttrStream, formatMessage, getString, pad, parseAttributes, putU32 } from 'netlink/dist/structs.js';
import type { NetlinkMessage } from '../wire/netlink.js';
import { NLM_F_DUMP, NLM_F_REQUEST } from '../wire/netlink-constants.js';
import * as S from './socket-numbers.js';

// The netlink package's protocol layer, imported by file: its index loads the package's own socket as well, which ends
// the process when the kernel's answers overrun it.

/** One link of a dump, without its addresses. */
export interface LinkRow {
  readonly name: string;
  readonly index: number;
  readonly up: boolean;
  readonly running: boolean;
  readonly mac: string;
}

/** sizeof(struct ifinfomsg). */
const LINK_HEADER = 16;
/** Asks for all links, without their counters. */
export function encodeGetLinks(sequence: number): Uint8Array {
  const body = new AttrStream();
  body.emit(Buffer.alloc(LINK_HEADER));
  body.push(S.IFLA_EXT_MASK, putU32(S.RTEXT_FILTER_SKIP_STATS));
  return message(S.RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence, body);
}

/** @returns null when the row is no link. @throws Error on attributes that cannot be read. */
export function decodeLink(row: NetlinkMessage): LinkRow | null {
  if (row.type !== S.RTM_NEWLINK) return null;
  const payload = payloadOf(row);
  const { index = 0, flags = {} } = parseLink(payload.subarray(0, LINK_HEADER));
  let name = '';
  let mac = '';
  // Two attributes, not all that the package can read: those of future drivers shall not make a link unreadable.
  parseAttributes(payload.subarray(LINK_HEADER), ({ type, data }) => {
    if (type === S.IFLA_IFNAME) name = getString(data);
    if (type === S.IFLA_ADDRESS) mac = [...data].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  });
  return { name, index, up: flags.up === true, running: flags.running === true && flags.lowerUp === true, mac };
}

/** Padded, since another message may follow in the same datagram; the package leaves that to its caller. */
function message(type: number, flags: number, seq: number, body: AttrStream): Uint8Array {
  return Buffer.concat(pad(formatMessage({ type, flags, seq, port: 0, data: body.bufs })));
}

const payloadOf = (row: NetlinkMessage): Buffer =>
  Buffer.from(row.bytes.buffer, row.bytes.byteOffset + row.start, row.end - row.start);
