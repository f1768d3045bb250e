import type { Family } from '../values/ip.js';
import { ipv6FromBytes } from '../values/ipv6.js';
import {
  type DecodedAdvertPacket,
  decodeAdvertPacket,
  type Known,
  openEnvelope,
  VRRP_GROUP,
  VRRP_GROUP_6,
  VRRP_PROTOCOL,
} from '../wire/advert-packet.js';
import { acceptNothing } from '../wire/bpf.js';
import { type Control, controlOf } from './control.js';
import type { Native } from './native.js';
import * as S from './socket-numbers.js';
import { interfaceName, ipMreqn, ipv6Mreq } from './socket-structs.js';

const LONGEST_PACKET = 65_535;
/** For a time stamp, the destination and the hop limit: u32, three struct cmsghdr with their data; and to spare. */
const CONTROL_ROOM = 160;
const SOCKADDR_IN6 = 28;

/**
 * A raw socket of protocol 112 on one interface that gets exactly what the filter lets through, multicast of the VRRP
 * group and unicast to this host.
 * @param opened gets the descriptor as soon as it is there, to be closed where a later step fails. @throws SystemError.
 */
export function openAdvertSocket(
  native: Native,
  family: Family,
  on: { readonly name: string; readonly index: number },
  filter: Uint8Array,
  opened: number[],
): number {
  const fd = native.socket(family === 4 ? S.AF_INET : S.AF_INET6, S.SOCK_RAW, VRRP_PROTOCOL);
  opened.push(fd);
  // A raw socket receives from every interface as soon as it is there: shut at once, emptied when it is bound.
  native.attachFilter(fd, acceptNothing());
  native.setOption(fd, S.SOL_SOCKET, S.SO_BINDTODEVICE, interfaceName(on.name));
  const byte = new Uint8Array(1);
  const empty = (): void => {
    while (native.receive(fd, byte, null, null) >= 0);
  };
  // Multicast of all groups is off: only the group that this socket has joined, not those of every other program.
  if (family === 4) {
    native.setOption(fd, S.IPPROTO_IP, S.IP_MULTICAST_ALL, 0);
    empty();
    native.setOption(fd, S.IPPROTO_IP, S.IP_ADD_MEMBERSHIP, ipMreqn(VRRP_GROUP, on.index));
  } else {
    native.setOption(fd, S.IPPROTO_IPV6, S.IPV6_MULTICAST_ALL, 0);
    // An IPv6 raw socket does not deliver the header (ipv6(7)): these say what stood in it.
    native.setOption(fd, S.IPPROTO_IPV6, S.IPV6_RECVPKTINFO, 1);
    native.setOption(fd, S.IPPROTO_IPV6, S.IPV6_RECVHOPLIMIT, 1);
    empty();
    native.setOption(fd, S.IPPROTO_IPV6, S.IPV6_ADD_MEMBERSHIP, ipv6Mreq(VRRP_GROUP_6, on.index));
  }
  native.attachFilter(fd, filter);
  return fd;
}

/** Reads packets of one family into the same room again and again. */
export class AdvertReader {
  readonly #native: Native;
  readonly #routers: Known;
  readonly #room = new Uint8Array(LONGEST_PACKET);
  /** struct sockaddr_in6 of the sender; IPv4 has it in the packet. */
  readonly #from: Uint8Array | null;
  /** Control messages of the latest packet, as `native.receive` gives them. */
  readonly control = new Uint8Array(CONTROL_ROOM);

  constructor(native: Native, family: Family, routers: Known) {
    this.#native = native;
    this.#routers = routers;
    this.#from = family === 6 ? new Uint8Array(SOCKADDR_IN6) : null;
  }

  /** @returns the next packet that waits, or null. @throws SystemError. */
  read(fd: number): DecodedAdvertPacket | null {
    const length = this.#native.receive(fd, this.#room, this.#from, this.control);
    if (length < 0) return null;
    const packet = this.#room.subarray(0, length);
    if (this.#from === null) return decodeAdvertPacket(packet, this.#routers);
    return openEnvelope(envelope(this.#from, controlOf(this.control), packet), this.#routers);
  }
}

/** A packet whose header the kernel did not tell is judged as one from far away: it is dropped. */
const envelope = (from: Uint8Array, { destination, hopLimit }: Control, payload: Uint8Array) => ({
  source: ipv6FromBytes(from, 8),
  destination: destination ?? ipv6FromBytes(new Uint8Array(16)),
  ttl: hopLimit ?? 0,
  payload,
});
