import type { LanListener, Listened } from '../ports/lan.js';
import type { Family } from '../values/ip.js';
import { type Duration, micros } from '../values/time.js';
import { known } from '../wire/advert-packet.js';
import { acceptAdverts, acceptOthers } from '../wire/bpf.js';
import { errnoName } from './generic-netlink.js';
import { AdvertReader, openAdvertSocket } from './lan-socket.js';
import type { Native, NativePoll } from './native.js';
import * as S from './socket-numbers.js';

/** What one wake-up reads, so that alarms and sends come in between. */
const AT_ONCE = 64;
/** Some 5,000 short packets: 50 ms of a flood that passes the filter, while the process does something else. */
const RECEIVE_BUFFER = 4 << 20;
/** Some 80 packets: a sample. */
const SENTINEL_BUFFER = 32 << 10;
const SENTINEL_EVERY_MS = 100;

/**
 * Adverts of one family coming in, on two sockets that the kernel sorts packets into. One takes what may be an advert for us and wakes
 * the loop. The other, the sentinel, takes everything else of protocol 112, has a small buffer and is looked at now and
 * then: what is malformed is still counted by its kind, at a cost that does not grow with a flood.
 */
export class LanReceiver {
  readonly #native: Native;
  readonly #listener: LanListener;
  readonly #reader: AdvertReader;
  readonly #adverts: number;
  readonly #others: number;
  readonly #poll: NativePoll;
  readonly #sentinel: NodeJS.Timeout;
  #open = true;

  /** @throws SystemError when the kernel refuses; nothing stays open then. */
  constructor(native: Native, name: string, index: number, routers: readonly Listened[], listener: LanListener) {
    this.#native = native;
    this.#listener = listener;
    const family = familyIn(routers);
    this.#reader = new AdvertReader(native, family, known(routers));
    const opened: number[] = [];
    try {
      this.#adverts = openAdvertSocket(native, family, { name, index }, acceptAdverts(routers, family), opened);
      native.setOption(this.#adverts, S.SOL_SOCKET, S.SO_RCVBUFFORCE, RECEIVE_BUFFER);
      native.setOption(this.#adverts, S.SOL_SOCKET, S.SO_TIMESTAMPNS, 1);
      this.#others = openAdvertSocket(native, family, { name, index }, acceptOthers(routers, family), opened);
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
    return micros(Math.max(0, this.#native.age(this.#reader.control)));
  }

  /** The listener may close the lan, or throw, at any packet. */
  #read(fd: number, limit: number): number {
    for (let count = 0; count < limit; count += 1) {
      const packet = this.#open ? this.#reader.read(fd) : null;
      if (packet === null) return count;
      if (packet.ok) this.#listener.advert(packet.from, packet.advert, this.#waited());
      else this.#listener.dropped(packet.why, packet.from, packet.router ?? null);
    }
    return limit;
  }
}

/** That of the routers, which all have the same. */
export const familyIn = (routers: readonly Listened[]): Family => routers[0]?.family ?? 4;
