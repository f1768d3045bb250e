import { type AddressAttrs, formatAddressMessage, parseAddressMessage, parseLink } from 'netlink/dist/rt/structs.js';
import { AttrStream, formatMessage, getString, pad, parseAttributes, putU32 } from 'netlink/dist/structs.js';
import type { LinkAddress, VirtualAddress } from '../ports/addresses.js';
import { type Ip, ipToBytes } from '../values/ip.js';
import { ipv4FromBytes } from '../values/ipv4.js';
import type { NetlinkMessage } from '../wire/netlink.js';
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from '../wire/netlink-constants.js';
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

const SCOPES = {
  global: S.RT_SCOPE_UNIVERSE,
  site: S.RT_SCOPE_SITE,
  link: S.RT_SCOPE_LINK,
  host: S.RT_SCOPE_HOST,
} as const satisfies Record<VirtualAddress['scope'], number>;

/** A struct ifinfomsg, and its length. */
const LINK_HEADER = 16;

/** Asks for all links, without their counters. */
export function encodeGetLinks(sequence: number): Uint8Array {
  const body = new AttrStream();
  body.emit(Buffer.alloc(LINK_HEADER));
  body.push(S.IFLA_EXT_MASK, putU32(S.RTEXT_FILTER_SKIP_STATS));
  return message(S.RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence, body);
}

/** Asks for the IPv4 addresses of all links. */
export function encodeGetAddresses(sequence: number): Uint8Array {
  const body = new AttrStream();
  formatAddressMessage({ kind: 'address', data: { family: S.AF_INET }, attrs: {} }, body);
  return message(S.RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence, body);
}

/** As `ip addr add` does: the kernel makes the route to the prefix; without a broadcast given there is none. */
export function encodeAddAddress(address: VirtualAddress, index: number, sequence: number): Uint8Array {
  const attrs: AddressAttrs = { ...places(address) };
  if (address.broadcast !== null) attrs.broadcast = bytesOf(address.broadcast);
  const flags = NLM_F_REQUEST | NLM_F_ACK | S.NLM_F_CREATE | S.NLM_F_EXCL;
  if (address.label !== null) attrs.label = address.label;
  return message(S.RTM_NEWADDR, flags, sequence, addressBody(address, index, attrs));
}

/** By address and prefix alone: an adopted one may carry another label. */
export function encodeRemoveAddress(address: VirtualAddress, index: number, sequence: number): Uint8Array {
  return message(S.RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, sequence, addressBody(address, index, places(address)));
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

/** @returns null when the row is no IPv4 address. @throws Error on attributes that cannot be read. */
export function decodeAddress(row: NetlinkMessage): { readonly index: number; readonly address: LinkAddress } | null {
  if (row.type !== S.RTM_NEWADDR) return null;
  const { data, attrs } = parseAddressMessage(payloadOf(row));
  // On a point-to-point link `address` is the other end.
  const bytes = attrs.local ?? attrs.address;
  if (data.family !== S.AF_INET || data.index === undefined || bytes === undefined) return null;
  const flags = attrs.flags ?? data.flags ?? {};
  const cidr = { address: ipv4FromBytes(bytes), prefix: data.prefixlen ?? 0 };
  return { index: data.index, address: { cidr, secondary: flags.secondary === true } };
}

const places = ({ cidr }: VirtualAddress): AddressAttrs => ({
  local: bytesOf(cidr.address),
  address: bytesOf(cidr.address),
});

function addressBody(address: VirtualAddress, index: number, attrs: AddressAttrs): AttrStream {
  const body = new AttrStream();
  const data = { family: S.AF_INET, prefixlen: address.cidr.prefix, scope: SCOPES[address.scope], index };
  formatAddressMessage({ kind: 'address', data, attrs }, body);
  return body;
}

/** Padded, since another message may follow in the same datagram; the package leaves that to its caller. */
function message(type: number, flags: number, seq: number, body: AttrStream): Uint8Array {
  return Buffer.concat(pad(formatMessage({ type, flags, seq, port: 0, data: body.bufs })));
}

const bytesOf = (address: Ip): Buffer => Buffer.from(ipToBytes(address));

const payloadOf = (row: NetlinkMessage): Buffer =>
  Buffer.from(row.bytes.buffer, row.bytes.byteOffset + row.start, row.end - row.start);
