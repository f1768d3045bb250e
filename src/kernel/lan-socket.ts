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

/** What one call fetches. */
const BATCH = 32;
/** Above the longest advert, 255 addresses of IPv6; of what is longer the end is nobody's concern. */
const PACKET_ROOM = 4_608;
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

/** Reads the packets of one socket, many at a time, into the same room again and again. */
export class AdvertReader {
  readonly #native: Native;
  readonly #fd: number;
  #routers: Known;
  readonly #room = new Uint8Array(BATCH * PACKET_ROOM);
  readonly #lengths = new Uint32Array(BATCH);
  readonly #lengthBytes = new Uint8Array(this.#lengths.buffer);
  /** Of the sender, each a struct sockaddr_in6; IPv4 has it in the packet. */
  readonly #from: Uint8Array | null;
  readonly #control = new Uint8Array(BATCH * CONTROL_ROOM);
  #count = 0;
  #next = 0;

  constructor(native: Native, fd: number, family: Family, routers: Known) {
    this.#native = native;
    this.#fd = fd;
    this.#routers = routers;
    this.#from = family === 6 ? new Uint8Array(BATCH * SOCKADDR_IN6) : null;
  }

  /** What is read from now on is judged by these. */
  listenFor(routers: Known): void {
    this.#routers = routers;
  }

  /** Whether one was fetched and not read yet. */
  get waits(): boolean {
    return this.#next < this.#count;
  }

  /** Fetches what waits in the socket, once all was read. @returns whether more may wait there. @throws SystemError. */
  fetch(limit: number): boolean {
    const most = Math.min(limit, BATCH);
    this.#next = 0;
    this.#count = 0;
    this.#count = this.#native.receiveMany(this.#fd, most, this.#room, this.#lengthBytes, this.#from, this.#control);
    return this.#count === most;
  }

  /** @returns the next that was fetched, or null. */
  read(): DecodedAdvertPacket | null {
    if (!this.waits) return null;
    const i = this.#next;
    this.#next += 1;
    const at = i * PACKET_ROOM;
    const packet = this.#room.subarray(at, at + (this.#lengths[i] ?? 0));
    if (this.#from === null) return decodeAdvertPacket(packet, this.#routers);
    const from = this.#from.subarray(i * SOCKADDR_IN6, (i + 1) * SOCKADDR_IN6);
    return openEnvelope(envelope(from, controlOf(this.#controlOf(i)), packet), this.#routers);
  }

  /** Control messages of the latest that was read, as `native.receive` gives them. */
  get control(): Uint8Array {
    return this.#controlOf(this.#next - 1);
  }

  #controlOf(i: number): Uint8Array {
    return this.#control.subarray(i * CONTROL_ROOM, (i + 1) * CONTROL_ROOM);
  }
}

/** A packet whose header the kernel did not tell is judged as one from far away: it is dropped. */
const envelope = (from: Uint8Array, { destination, hopLimit }: Control, payload: Uint8Array) => ({
  source: ipv6FromBytes(from, 8),
  destination: destination ?? ipv6FromBytes(new Uint8Array(16)),
  ttl: hopLimit ?? 0,
  payload,
});
