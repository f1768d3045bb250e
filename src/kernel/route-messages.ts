import { type AddressAttrs, formatAddressMessage, parseLink } from 'netlink/dist/rt/structs.js';
import { AttrStream, formatMessage, getString, pad, parseAttributes, putU32 } from 'netlink/dist/structs.js';
import type { LinkAddress, VirtualAddress } from '../ports/addresses.js';
import { bytesIn, type Family, familyOf, type Ip, ipFromBytes, ipToBytes } from '../values/ip.js';
import { Attributes, LITTLE_ENDIAN, type NetlinkMessage } from '../wire/netlink.js';
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

/** sizeof(struct ifinfomsg). */
const LINK_HEADER = 16;
/** sizeof(struct ifaddrmsg): u8 family, prefix length, flags, scope; u32 index. */
const ADDRESS_HEADER = 8;
const FAMILIES: ReadonlyMap<number, Family> = new Map([
  [S.AF_INET, 4],
  [S.AF_INET6, 6],
]);
/** INFINITY_LIFE_TIME of the kernel's net/addrconf.h. */
const FOREVER = 0xffff_ffff;

/** Asks for all links, without their counters. */
export function encodeGetLinks(sequence: number): Uint8Array {
  const body = new AttrStream();
  body.emit(Buffer.alloc(LINK_HEADER));
  body.push(S.IFLA_EXT_MASK, putU32(S.RTEXT_FILTER_SKIP_STATS));
  return message(S.RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence, body);
}

/** Asks for the addresses of all links and families. */
export function encodeGetAddresses(sequence: number): Uint8Array {
  const body = new AttrStream();
  formatAddressMessage({ kind: 'address', data: { family: S.AF_UNSPEC }, attrs: {} }, body);
  return message(S.RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence, body);
}

/**
 * As `ip address add` does: the kernel makes the route to the prefix; without a broadcast given there is none.
 *
 * IPv6 with two differences. `nodad`: duplicate detection would keep the address unusable for a second or more, and
 * would fail when the former master still has it. `preferred_lft 0`: the kernel takes the newest address of a prefix as
 * source, so that health checks of this host would go out from an address that may leave at any time (keepalived does
 * the same, for /128 only); who binds to it is not hindered.
 */
export function encodeAddAddress(address: VirtualAddress, index: number, sequence: number): Uint8Array {
  const attrs: AddressAttrs = { ...places(address) };
  if (familyOf(address.cidr.address) === 6) {
    attrs.flags = { nodad: true };
    attrs.cacheInfo = { ifaPrefered: 0, ifaValid: FOREVER };
  }
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

/**
 * The package's own parser reads all attributes; a host may have thousands of addresses, and they are read anew at each
 * change.
 * @returns null when the row is no address of IPv4 or IPv6.
 */
export function decodeAddress(row: NetlinkMessage): { readonly index: number; readonly address: LinkAddress } | null {
  const { bytes, view, start, end } = row;
  if (row.type !== S.RTM_NEWADDR || end - start < ADDRESS_HEADER) return null;
  const family = FAMILIES.get(bytes[start] ?? 0);
  if (family === undefined) return null;
  const attributes = new Attributes(bytes, start + ADDRESS_HEADER, end, S.IFA_FLAGS, view);
  const length = bytesIn(family);
  // On a point-to-point link IFA_ADDRESS is the other end.
  const own = attributes.bytes(S.IFA_LOCAL, length) ?? attributes.bytes(S.IFA_ADDRESS, length);
  if (own === null) return null;
  const flags = attributes.u32(S.IFA_FLAGS) ?? bytes[start + 2] ?? 0;
  const cidr = { address: ipFromBytes(family, own), prefix: bytes[start + 1] ?? 0 };
  const secondary = (flags & S.IFA_F_SECONDARY) !== 0;
  return { index: view.getUint32(start + 4, LITTLE_ENDIAN), address: { cidr, secondary, detection: detection(flags) } };
}

function detection(flags: number): LinkAddress['detection'] {
  if ((flags & S.IFA_F_DADFAILED) !== 0) return 'failed';
  return (flags & S.IFA_F_TENTATIVE) !== 0 ? 'tentative' : 'done';
}

const places = ({ cidr }: VirtualAddress): AddressAttrs => ({
  local: bytesOf(cidr.address),
  address: bytesOf(cidr.address),
});

function addressBody(address: VirtualAddress, index: number, attrs: AddressAttrs): AttrStream {
  const body = new AttrStream();
  const family = familyOf(address.cidr.address) === 4 ? S.AF_INET : S.AF_INET6;
  const data = { family, prefixlen: address.cidr.prefix, scope: SCOPES[address.scope], index };
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
