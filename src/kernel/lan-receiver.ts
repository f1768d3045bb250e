import type { LanListener, Listened } from '../ports/lan.js';
import { type Duration, micros } from '../values/time.js';
import { decodeAdvertPacket, type Known, known, VRRP_GROUP, VRRP_PROTOCOL } from '../wire/advert-packet.js';
import { acceptAdverts, acceptNothing, acceptOthers } from '../wire/bpf.js';
import { errnoName } from './generic-netlink.js';
import type { Native, NativePoll } from './native.js';
import * as S from './socket-numbers.js';
import { interfaceName, ipMreqn } from './socket-structs.js';

/** What one wake-up reads, so that alarms and sends come in between. */
const AT_ONCE = 64;
/** Some 5,000 short packets: 50 ms of a flood that passes the filter, while the process does something else. */
const RECEIVE_BUFFER = 4 << 20;
/** Some 80 packets: a sample. */
const SENTINEL_BUFFER = 32 << 10;
const SENTINEL_EVERY_MS = 100;
const LONGEST_PACKET = 65_535;
/** For a time stamp: u32, struct cmsghdr, struct timespec; and to spare. */
const CONTROL_ROOM = 128;

/**
 * Adverts coming in, on two sockets that the kernel sorts packets into. One takes what may be an advert for us and wakes
 * the loop. The other, the sentinel, takes everything else of protocol 112, has a small buffer and is looked at now and
 * then: what is malformed is still counted by its kind, at a cost that does not grow with a flood.
 */
export class LanReceiver {
  readonly #native: Native;
  readonly #routers: Known;
  readonly #listener: LanListener;
  readonly #room = new Uint8Array(LONGEST_PACKET);
  readonly #control = new Uint8Array(CONTROL_ROOM);
  readonly #adverts: number;
  readonly #others: number;
  readonly #poll: NativePoll;
  readonly #sentinel: NodeJS.Timeout;
  #open = true;

  /** @throws SystemError when the kernel refuses; nothing stays open then. */
  constructor(native: Native, name: string, index: number, routers: readonly Listened[], listener: LanListener) {
    this.#native = native;
    this.#routers = known(routers);
    this.#listener = listener;
    const opened: number[] = [];
    try {
      this.#adverts = openSocket(native, name, index, acceptAdverts(routers), opened);
      native.setOption(this.#adverts, S.SOL_SOCKET, S.SO_RCVBUFFORCE, RECEIVE_BUFFER);
      native.setOption(this.#adverts, S.SOL_SOCKET, S.SO_TIMESTAMPNS, 1);
      this.#others = openSocket(native, name, index, acceptOthers(routers), opened);
      native.setOption(this.#others, S.SOL_SOCKET, S.SO_RCVBUF, SENTINEL_BUFFER);
      this.#poll = native.poll(this.#adverts, (errno) => this.#readable(errno, name));
    } catch (error) {
      for (const fd of opened) native.close(fd);
      throw error;
    }
    this.#sentinel = setInterval(() => this.#read(this.#others, AT_ONCE), SENTINEL_EVERY_MS).unref();
  }

  /** Reads adverts that wait. @returns how many packets were read. */
  drain(limit: number): number {
    return this.#read(this.#adverts, limit);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#sentinel);
    this.#poll.close();
    this.#native.close(this.#adverts);
    this.#native.close(this.#others);
  }

  #readable(errno: number, name: string): void {
    if (errno !== 0) {
      this.#listener.failed({ what: 'lan.receive', code: errnoName(errno), detail: `adverts on ${name}` });
    }
    this.#read(this.#adverts, AT_ONCE);
  }

  /** How long the latest packet has waited in the socket. */
  #waited(): Duration {
    return micros(Math.max(0, this.#native.age(this.#control)));
  }

  /** The listener may close the lan, or throw, at any packet. */
  #read(fd: number, limit: number): number {
    for (let count = 0; count < limit; count += 1) {
      const length = this.#open ? this.#native.receive(fd, this.#room, null, this.#control) : -1;
      if (length < 0) return count;
      const packet = decodeAdvertPacket(this.#room.subarray(0, length), this.#routers);
      if (packet.ok) this.#listener.advert(packet.from, packet.advert, this.#waited());
      else this.#listener.dropped(packet.why, packet.from, packet.router ?? null);
    }
    return limit;
  }
}

/** A raw socket on one interface that gets exactly what the filter lets through. */
function openSocket(native: Native, name: string, index: number, filter: Uint8Array, opened: number[]): number {
  const fd = native.socket(S.AF_INET, S.SOCK_RAW, VRRP_PROTOCOL);
  opened.push(fd);
  // A raw socket receives from every interface as soon as it is there: shut at once, emptied when it is bound.
  native.attachFilter(fd, acceptNothing());
  native.setOption(fd, S.SOL_SOCKET, S.SO_BINDTODEVICE, interfaceName(name));
  // Off: only the group that this socket has joined, not those of every other program.
  native.setOption(fd, S.IPPROTO_IP, S.IP_MULTICAST_ALL, 0);
  const byte = new Uint8Array(1);
  while (native.receive(fd, byte, null, null) >= 0);
  native.setOption(fd, S.IPPROTO_IP, S.IP_ADD_MEMBERSHIP, ipMreqn(VRRP_GROUP, index));
  native.attachFilter(fd, filter);
  return fd;
}
