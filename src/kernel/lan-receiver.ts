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
 * After so many packets in a row that pass the filter and are no adverts, a socket found empty is left alone for a
 * moment: to wake up costs more than to read, and a flood is then read by the dozen. An advert among them counts from
 * when it came, and is read before any claim: the rest delays nothing that matters.
 */
const FLOOD = 64;
const REST_MS = 1;

/**
 * Adverts of one family coming in, on two sockets that the kernel sorts packets into. One takes what may be an advert for us and wakes
 * the loop. The other, the sentinel, takes everything else of protocol 112, has a small buffer and is looked at now and
 * then: what is malformed is still counted by its kind, at a cost that does not grow with a flood.
 */
export class LanReceiver {
  readonly #native: Native;
  readonly #listener: LanListener;
  readonly #reader: AdvertReader;
  readonly #sample: AdvertReader;
  readonly #adverts: number;
  readonly #others: number;
  readonly #family: Family;
  readonly #poll: NativePoll;
  readonly #sentinel: NodeJS.Timeout;
  #rest: NodeJS.Timeout | null = null;
  /** Since the latest advert. */
  #refused = 0;
  #open = true;

  /** @throws SystemError when the kernel refuses; nothing stays open then. */
  constructor(native: Native, name: string, index: number, routers: readonly Listened[], listener: LanListener) {
    this.#native = native;
    this.#listener = listener;
    const family = familyIn(routers);
    this.#family = family;
    const judge = known(routers);
    const opened: number[] = [];
    try {
      this.#adverts = openAdvertSocket(native, family, { name, index }, acceptAdverts(routers, family), opened);
      native.setOption(this.#adverts, S.SOL_SOCKET, S.SO_RCVBUFFORCE, RECEIVE_BUFFER);
      native.setOption(this.#adverts, S.SOL_SOCKET, S.SO_TIMESTAMPNS, 1);
      this.#others = openAdvertSocket(native, family, { name, index }, acceptOthers(routers, family), opened);
      native.setOption(this.#others, S.SOL_SOCKET, S.SO_RCVBUF, SENTINEL_BUFFER);
      this.#reader = new AdvertReader(native, this.#adverts, family, judge);
      this.#sample = new AdvertReader(native, this.#others, family, judge);
      this.#poll = native.poll(this.#adverts, (errno) => this.#readable(errno, name));
    } catch (error) {
      for (const fd of opened) native.close(fd);
      throw error;
    }
    this.#sentinel = setInterval(() => this.#read(this.#sample, AT_ONCE), SENTINEL_EVERY_MS).unref();
  }

  /** Listens for these from now on, of the same family. @throws SystemError when the kernel refuses the filter. */
  listen(routers: readonly Listened[]): void {
    // The one that takes the rest comes last: what both take for a moment is counted, what neither takes would be lost.
    this.#native.attachFilter(this.#adverts, acceptAdverts(routers, this.#family));
    this.#native.attachFilter(this.#others, acceptOthers(routers, this.#family));
    const judge = known(routers);
    this.#reader.listenFor(judge);
    this.#sample.listenFor(judge);
  }

  /** Reads adverts that wait. @returns how many packets were read. */
  drain(limit: number): number {
    return this.#read(this.#reader, limit);
  }

  /** Nothing wakes the loop any more. */
  deafen(): void {
    if (!this.#open) return;
    clearInterval(this.#sentinel);
    if (this.#rest !== null) clearTimeout(this.#rest);
    this.#poll.pause();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#sentinel);
    if (this.#rest !== null) clearTimeout(this.#rest);
    this.#poll.close();
    this.#native.close(this.#adverts);
    this.#native.close(this.#others);
  }

  #readable(errno: number, name: string): void {
    if (errno !== 0) {
      this.#listener.failed({ what: 'lan.receive', code: errnoName(errno), detail: `adverts on ${name}` });
    }
    const emptied = this.#read(this.#reader, AT_ONCE) < AT_ONCE;
    if (this.#open && emptied && this.#refused >= FLOOD) this.#pause();
  }

  #pause(): void {
    this.#poll.pause();
    if (this.#rest === null) this.#rest = setTimeout(() => this.#poll.resume(), REST_MS);
    else this.#rest.refresh();
  }

  /** How long the latest packet has waited in the socket. */
  #waited(): Duration {
    return micros(Math.max(0, this.#native.age(this.#reader.control)));
  }

  /** The listener may close the lan, throw, or read on by `drain`, at any packet. */
  #read(reader: AdvertReader, limit: number): number {
    let more = true;
    let count = 0;
    for (; count < limit && this.#open; count += 1) {
      if (!reader.waits) {
        if (!more) break;
        more = reader.fetch(limit - count);
      }
      const packet = reader.read();
      if (packet === null) break;
      if (reader === this.#reader) this.#refused = packet.ok ? 0 : this.#refused + 1;
      // What the sentinel has of a router that we listen for by now came before we did.
      if (packet.ok && reader === this.#sample) continue;
      if (packet.ok) this.#listener.advert(packet.from, packet.advert, this.#waited());
      else this.#listener.dropped(packet.why, packet.from, packet.router ?? null);
    }
    return count;
  }
}

/** That of the routers, which all have the same. */
export const familyIn = (routers: readonly Listened[]): Family => routers[0]?.family ?? 4;
