import type { LinkAddress, VirtualAddress } from '../ports/addresses.js';
import { bytesIn, familyOf, type Ip, ipFromBytes, ipToBytes } from '../values/ip.js';
import { LITTLE_ENDIAN, type NetlinkMessage, NetlinkWriter } from '../wire/netlink.js';
import {
  NLA_ALIGNTO,
  NLA_TYPE_MASK,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  SIZEOF_NLATTR,
} from '../wire/netlink-constants.js';
import * as S from './socket-numbers.js';

// Written by hand, not by the netlink package: a thousand addresses take it some 20 ms of the router's loop, this 2 ms.

const SCOPES = {
  global: S.RT_SCOPE_UNIVERSE,
  site: S.RT_SCOPE_SITE,
  link: S.RT_SCOPE_LINK,
  host: S.RT_SCOPE_HOST,
} as const satisfies Record<VirtualAddress['scope'], number>;

/** sizeof(struct ifaddrmsg): u8 family, prefix length, flags, scope; u32 index. */
const ADDRESS_HEADER = 8;
/** INFINITY_LIFE_TIME of the kernel's net/addrconf.h. */
const FOREVER = 0xffff_ffff;
/** struct ifa_cacheinfo: u32 preferred, valid, created, updated. */
const NEVER_PREFERRED = new Uint8Array(new Uint32Array([0, FOREVER, 0, 0]).buffer);

/** Asks for the addresses of all links and families. */
export function encodeGetAddresses(sequence: number): Uint8Array {
  const w = new NetlinkWriter(64);
  w.beginWith(S.RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence, new Uint8Array(ADDRESS_HEADER));
  w.end();
  return w.take();
}

/**
 * As `ip address add` does: the kernel makes the route to the prefix; without a broadcast given there is none.
 *
 * IPv6 with two differences. `nodad`: duplicate detection would keep the address unusable for a second or more, and
 * would fail when the former master still has it. `preferred_lft 0`: the kernel takes the newest address of a prefix as
 * source, so that health checks of this host would go out from an address that may leave at any time (keepalived does
 * the same, for /128 only); who binds to it is not hindered.
 */
export function writeAddAddress(w: NetlinkWriter, address: VirtualAddress, index: number, sequence: number): void {
  const flags = NLM_F_REQUEST | NLM_F_ACK | S.NLM_F_CREATE | S.NLM_F_EXCL;
  begin(w, S.RTM_NEWADDR, flags, address, index, sequence);
  if (address.broadcast !== null) put(w, S.IFA_BROADCAST, ipToBytes(address.broadcast));
  if (address.label !== null) w.string(S.IFA_LABEL, address.label);
  if (familyOf(address.cidr.address) === 6) {
    put(w, S.IFA_CACHEINFO, NEVER_PREFERRED);
    w.u32(S.IFA_FLAGS, S.IFA_F_NODAD);
  }
  w.end();
}

/** By address and prefix alone: an adopted one may carry another label. */
export function writeRemoveAddress(w: NetlinkWriter, address: VirtualAddress, index: number, sequence: number): void {
  begin(w, S.RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, address, index, sequence);
  w.end();
}

function begin(
  w: NetlinkWriter,
  type: number,
  flags: number,
  { cidr, scope }: VirtualAddress,
  index: number,
  sequence: number,
): void {
  const bytes = bytesOf(cidr.address);
  HEADER[0] = bytes.length === 4 ? S.AF_INET : S.AF_INET6;
  HEADER[1] = cidr.prefix;
  HEADER[3] = SCOPES[scope];
  HEADER_VIEW.setUint32(4, index, LITTLE_ENDIAN);
  w.beginWith(type, flags, sequence, HEADER);
  put(w, S.IFA_ADDRESS, bytes);
  put(w, S.IFA_LOCAL, bytes);
}

const HEADER = new Uint8Array(ADDRESS_HEADER);
const HEADER_VIEW = new DataView(HEADER.buffer);

const put = (w: NetlinkWriter, type: number, bytes: Uint8Array): void => w.room(type, bytes.length).set(bytes);

/** Of the configured addresses, which are written again at each takeover; bounded by starting anew. */
const known = new Map<Ip, Uint8Array>();
const KNOWN_AT_MOST = 65_536;
function bytesOf(address: Ip): Uint8Array {
  let bytes = known.get(address);
  if (bytes === undefined) {
    bytes = ipToBytes(address);
    if (known.size >= KNOWN_AT_MOST) known.clear();
    known.set(address, bytes);
  }
  return bytes;
}

/**
 * The netlink package's parser reads all attributes; a host may have thousands of addresses, and they are read anew at
 * each change, so the three that matter are found without a record of all.
 * @returns null when the row is no address of IPv4 or IPv6.
 */
export function decodeAddress(row: NetlinkMessage): { readonly index: number; readonly address: LinkAddress } | null {
  const { bytes, view, start, end } = row;
  if (row.type !== S.RTM_NEWADDR || end - start < ADDRESS_HEADER) return null;
  const family = bytes[start] === S.AF_INET ? 4 : bytes[start] === S.AF_INET6 ? 6 : null;
  if (family === null) return null;
  const size = bytesIn(family);
  let flags = bytes[start + 2] ?? 0;
  let local = 0;
  let address = 0;
  for (let at = start + ADDRESS_HEADER; end - at >= SIZEOF_NLATTR; ) {
    const length = view.getUint16(at, LITTLE_ENDIAN);
    if (length < SIZEOF_NLATTR || length > end - at) break;
    const type = view.getUint16(at + 2, LITTLE_ENDIAN) & NLA_TYPE_MASK;
    const room = length - SIZEOF_NLATTR;
    if (type === S.IFA_LOCAL && room >= size) local = at + SIZEOF_NLATTR;
    else if (type === S.IFA_ADDRESS && room >= size) address = at + SIZEOF_NLATTR;
    else if (type === S.IFA_FLAGS && room >= 4) flags = view.getUint32(at + SIZEOF_NLATTR, LITTLE_ENDIAN);
    at += (length + NLA_ALIGNTO - 1) & -NLA_ALIGNTO;
  }
  // On a point-to-point link IFA_ADDRESS is the other end.
  const own = local === 0 ? address : local;
  if (own === 0) return null;
  const cidr = { address: ipFromBytes(family, bytes, own), prefix: bytes[start + 1] ?? 0 };
  const secondary = (flags & S.IFA_F_SECONDARY) !== 0;
  return { index: view.getUint32(start + 4, LITTLE_ENDIAN), address: { cidr, secondary, detection: detection(flags) } };
}

function detection(flags: number): LinkAddress['detection'] {
  if ((flags & S.IFA_F_DADFAILED) !== 0) return 'failed';
  return (flags & S.IFA_F_TENTATIVE) !== 0 ? 'tentative' : 'done';
}
