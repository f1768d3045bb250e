import { readdirSync, readlinkSync } from 'node:fs';
import rawSocket from 'raw-socket';
import type { Advert, Unicast } from '../core/vrrp/advert.js';
import type { Beat, LanListener, Listened, Rhythm } from '../ports/lan.js';
import type { Failure } from '../values/failure.js';
import { type Family, familyOf, type Ip } from '../values/ip.js';
import type { Ipv4 } from '../values/ipv4.js';
import type { Ipv6 } from '../values/ipv6.js';
import { seconds } from '../values/time.js';
import { encodeAdvertPacket, vrrpGroup } from '../wire/advert-packet.js';
import type { KernelBeats } from './beats.js';
import { failureOf } from './failure.js';
import { familyIn } from './lan-receiver.js';
import type { Native } from './native.js';
import * as S from './socket-numbers.js';
import { interfaceName, ipMreqn, sockaddrIn } from './socket-structs.js';

const ANY = '0.0.0.0' as Ipv4;
const ANY_6 = '::' as Ipv6;
/** TC_PRIO_CONTROL − 1, what IP_TOS CS6 maps to, and the highest for which no capability is asked. */
const PRIORITY = 6;
/** raw-socket calls it with the bytes sent; a datagram goes whole or not at all. */
const ignore = (): void => {};

/** A peer that no route leads to, for now: of all refusals of the kernel the one that is about the peer, not about us. */
const NO_ROUTE: ReadonlySet<string> = new Set(['ENETUNREACH', 'EHOSTUNREACH']);

/** Where it sends, and with what. */
interface Outlet {
  readonly native: Native;
  readonly beats: KernelBeats;
  readonly name: string;
  readonly index: number;
}

/** What is told of sends. */
type SendListener = Pick<LanListener, 'failed' | 'unreachable'>;

/** One advert, written once for each place where it goes. */
interface Prepared {
  readonly source: Ip;
  readonly copies: readonly { readonly to: Ip; readonly packet: Uint8Array }[];
}

/**
 * Adverts of one family going out, over raw-socket. The socket is one of IPPROTO_RAW: the IP header is ours (raw(7),
 * ipv6(7)), and with it the source, whatever addresses the interface has; and it never receives, so that no flood can
 * fill it or delay what it sends. It is bound to the interface, as keepalived's is: a unicast peer may be behind routers,
 * but the first of them is found by this interface's routes (where IPv4 has none, the kernel takes the peer to be on the
 * link).
 */
export class LanSender {
  readonly #interface: string;
  readonly #family: Family;
  #unicast: ReadonlyMap<number, Unicast>;
  readonly #listener: SendListener;
  /** Held for as long as it is used: the package closes a socket that nobody refers to. */
  readonly #socket: rawSocket.Socket;
  readonly #native: Native;
  readonly #beats: KernelBeats;
  /** The socket's, for what the package cannot do; null where it was not found. */
  readonly #descriptor: number | null;
  /** Of IPv6 multicast, until it is bound. */
  #unbound = false;
  #prepared = new WeakMap<Advert, Prepared>();
  /** Unicast peers that the latest advert of their router could not be sent to, `VRID address`. */
  readonly #unreachable = new Set<string>();
  /** Whom to tell of the end of each. */
  readonly #beating = new Map<Beat, () => void>();
  #open = true;

  /** @param routers all of one family. @throws Error, with the kernel's text only, when the kernel refuses. */
  constructor(on: Outlet, routers: readonly Listened[], listener: SendListener) {
    const { native, name, index } = on;
    this.#native = native;
    this.#beats = on.beats;
    this.#interface = name;
    this.#family = familyIn(routers);
    this.#unicast = unicastIn(routers);
    this.#listener = listener;
    const { IPv4, IPv6 } = rawSocket.AddressFamily;
    const addressFamily = this.#family === 4 ? IPv4 : IPv6;
    const before = sockets();
    this.#socket = rawSocket.createSocket({ protocol: S.IPPROTO_RAW, addressFamily });
    const [, descriptor = null] = [...sockets()].find(([socket]) => !before.has(socket)) ?? [];
    this.#descriptor = descriptor;
    this.#socket.on('error', (error) => {
      // The package has closed the socket by now.
      this.#open = false;
      this.#endBeats();
      listener.failed(failureOf('lan.send', `advert on ${name}`, error));
    });
    try {
      // The package opens without close-on-exec, and does not tell the descriptor.
      native.closeOnExecAll();
      this.#socket.pauseRecv();
      const device = interfaceName(name);
      this.#socket.setOption(S.SOL_SOCKET, S.SO_BINDTODEVICE, device, device.length);
      if (this.#family === 4) {
        const multicast = ipMreqn(ANY, index);
        this.#socket.setOption(S.IPPROTO_IP, S.IP_MULTICAST_IF, multicast, multicast.length);
        this.#socket.setOption(S.IPPROTO_IP, S.IP_MULTICAST_LOOP, 0);
      } else {
        this.#socket.setOption(S.IPPROTO_IPV6, S.IPV6_MULTICAST_IF, index);
        this.#socket.setOption(S.IPPROTO_IPV6, S.IPV6_MULTICAST_LOOP, 0);
        this.#socket.setOption(S.IPPROTO_IPV6, S.IPV6_FREEBIND, 1);
        this.#unbound = this.#unicast.size === 0;
      }
      this.#socket.setOption(S.SOL_SOCKET, S.SO_PRIORITY, PRIORITY);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Speaks for these from now on, of the same family; what goes out by itself goes where it went. */
  speakFor(routers: readonly Listened[]): void {
    const before = this.#unicast;
    this.#unicast = unicastIn(routers);
    // Where it goes is written with the packet.
    this.#prepared = new WeakMap();
    const peers = new Set(
      [...this.#unicast].flatMap(([id, { peers }]) => peers.map((peer) => `${id} ${peer.address}`)),
    );
    for (const key of this.#unreachable) if (!peers.has(key)) this.#unreachable.delete(key);
    if (this.#family === 6 && before.size > 0 && this.#unicast.size === 0) this.#unbound = true;
  }

  /** See `Lan.send`. */
  send(advert: Advert, source: Ip): Failure | null {
    // After a close the package would silently make a new socket that is bound to nothing.
    if (!this.#open) return { what: 'lan.send', code: 'closed', detail: `advert on ${this.#interface}` };
    try {
      const { copies } = this.#prepare(advert, source);
      const [only] = copies;
      if (only !== undefined && copies.length === 1 && this.#unicast.size === 0) {
        // Not the package's `send`, which waits for the loop to say that the socket is writable: announcements and
        // address changes, made at once, would overtake the advert.
        this.#socket.wrap.send(only.packet, 0, only.packet.length, only.to, ignore);
        return null;
      }
      return this.#sendEach(advert.virtualRouterId, copies);
    } catch (error) {
      return failureOf('lan.send', `advert from ${source} on ${this.#interface}`, error);
    }
  }

  /**
   * Some copies may get through and others not; only where all are refused, and not for want of a route, the advert is
   * lost by our fault. Peers without a route are like peers behind a cut cable: told of, and waited for.
   */
  #sendEach(router: number, copies: Prepared['copies']): Failure | null {
    let sent = 0;
    let refused: Failure | null = null;
    for (const { to, packet } of copies) {
      let failure: Failure | null = null;
      try {
        this.#socket.wrap.send(packet, 0, packet.length, to, ignore);
        sent += 1;
      } catch (error) {
        failure = failureOf('lan.send', `advert to ${to} on ${this.#interface}`, error);
        if (!this.#unicast.has(router) || !NO_ROUTE.has(failure.code)) refused = failure;
      }
      this.#tellReach(router, to, failure);
    }
    return sent === 0 ? refused : null;
  }

  #tellReach(router: number, peer: Ip, failure: Failure | null): void {
    const key = `${router} ${peer}`;
    if (failure === null ? !this.#unreachable.delete(key) : this.#unreachable.has(key)) return;
    if (failure !== null) this.#unreachable.add(key);
    if (this.#unicast.has(router)) this.#listener.unreachable?.(router, peer, failure);
  }

  /** See `Lan.beat`. What goes to several, or to one that is not reached for now, is sent one by one. */
  beat(advert: Advert, source: Ip, rhythm: Rhythm, ended: () => void): Beat | null {
    if (!this.#open || this.#descriptor === null) return null;
    try {
      const { copies } = this.#prepare(advert, source);
      const [only] = copies;
      if (only === undefined || copies.length > 1) return null;
      if (this.#unreachable.has(`${advert.virtualRouterId} ${only.to}`)) return null;
      const outgoing = { fd: this.#descriptor, packet: only.packet, to: sockaddrIn(only.to) };
      const beat = this.#beats.begin(outgoing, rhythm, ended, () => this.#beating.delete(beat));
      this.#beating.set(beat, ended);
      return beat;
    } catch {
      // Whoever sends each one instead is told what is wrong.
      return null;
    }
  }

  /** Writes packets and sends them nowhere: so that the first real one finds its code compiled. */
  rehearse(): void {
    const fields = { virtualRouterId: 1, priority: 1, interval: seconds(1) } as const;
    if (this.#family === 4) {
      encodeAdvertPacket({ version: 2, ...fields, addresses: [ANY], auth: { type: 'pass', password: '' } }, ANY);
      encodeAdvertPacket({ version: 3, ...fields, addresses: [ANY], checksum: 'pseudo_header' }, ANY);
    } else encodeAdvertPacket({ version: 3, ...fields, addresses: [ANY_6], checksum: 'pseudo_header' }, ANY_6);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#endBeats();
    this.#socket.close();
  }

  /** Told afterwards: whoever closes the lan is in the midst of something. */
  #endBeats(): void {
    for (const [beat, ended] of this.#beating) {
      beat.stop();
      queueMicrotask(ended);
    }
  }

  /**
   * Once: an interface without any address, as a virtual MAC's before its instance is master, is for the kernel no way for
   * multicast (EADDRNOTAVAIL), because it finds no source there; although the packet, header and all, has one.
   */
  #bind(source: Ip): void {
    if (!this.#unbound || this.#descriptor === null) return;
    this.#native.bind(this.#descriptor, sockaddrIn(source));
    this.#unbound = false;
  }

  #prepare(advert: Advert, source: Ip): Prepared {
    const known = this.#prepared.get(advert);
    if (known !== undefined && known.source === source) return known;
    this.#bind(source);
    const unicast = this.#unicast.get(advert.virtualRouterId);
    const copies =
      unicast === undefined
        ? [copy(advert, source, vrrpGroup(familyOf(source)))]
        : unicast.peers.map((peer) => copy(advert, source, peer.address, unicast.ttl));
    const made = { source, copies };
    this.#prepared.set(advert, made);
    return made;
  }
}

const unicastIn = (routers: readonly Listened[]): ReadonlyMap<number, Unicast> =>
  new Map(routers.flatMap((r) => (r.unicast === null ? [] : [[r.virtualRouterId, r.unicast]])));

/** A Buffer, since the package takes no other Uint8Array. */
const copy = (advert: Advert, source: Ip, to: Ip, ttl?: number) => ({
  to,
  packet: Buffer.from(encodeAdvertPacket(advert, source, to, ttl)),
});

/** This process's sockets and their descriptors, because the package does not tell the one that it opened. */
function sockets(): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${name}`);
      if (target.startsWith('socket:')) found.set(target, Number(name));
    } catch {
      // The directory's own descriptor, closed by now.
    }
  }
  return found;
}
