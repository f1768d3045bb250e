import type { Advert, BadPacket, Unicast, Version } from '../core/vrrp/advert.js';
import type { Failure } from '../values/failure.js';
import type { Family, Ip } from '../values/ip.js';
import type { Duration, Instant } from '../values/time.js';

/** A virtual router that is listened for, in the one version that it speaks. */
export interface Listened {
  readonly virtualRouterId: number;
  readonly version: Version;
  readonly family: Family;
  /** null: multicast, as the RFCs have it. */
  readonly unicast: Unicast | null;
}

/** What the shell is told by a lan. */
export interface LanListener {
  /**
   * A well-formed advert for one of the routers that were asked for, in its version.
   * @param waited how long ago it came, where that is known
   */
  advert(from: Ip, advert: Advert, waited?: Duration): void;
  /**
   * A packet that is none: counted by its kind, a sample where the kernel dropped more of them unseen. `router` is the
   * VRID where it is ours and expects another version, destination, sender or TTL.
   */
  dropped(why: BadPacket, from: Ip | null, router: number | null): void;
  /** A send that failed after it was handed over. */
  failed(failure: Failure): void;
  /** Unicast: there is no route to a peer of this router, or there is one again (null); told on a change. */
  unreachable?(router: number, peer: Ip, why: Failure | null): void;
}

/** When an advert goes out by itself. */
export interface Rhythm {
  /** The first time. */
  readonly at: Instant;
  readonly every: Duration;
  /** What is later than this is not sent. */
  readonly late: Duration;
  /** Nor is what follows once the process has not answered for so long: it hangs, and others are to take over. */
  readonly alone: Duration;
}

/** An advert that goes out by itself, on an absolute grid of times; those that were slept through are left out. */
export interface Beat {
  /** When the next is due, how many went out since it began, and how late the latest and the worst of these were. */
  look(): { readonly next: Instant; readonly sent: number; readonly latest: Duration; readonly worst: Duration };
  /** Nothing goes out until the end of this turn of the process's loop: it decides by what it looks at now. */
  rest(): void;
  /** Nothing more goes out. A second stop does nothing; `look` goes on telling what was. */
  stop(): void;
}

/** One interface seen as a place where adverts go out and come in. */
export interface Lan {
  /**
   * Hands one advert to the kernel at once; the same record is encoded only once.
   * To the group of its family, or to the peers of its virtual router: then it fails only where no copy went out for
   * another reason than a missing route.
   * @param source our own address there (vrrp-checklist 3).
   */
  send(advert: Advert, source: Ip): Failure | null;
  /**
   * Sends an advert by itself until it is stopped, or the lan is closed.
   * @param ended it has ended: the kernel refused the one that is `next`, it is too late to be sent unasked, or the lan is
   *   closed. Never told from within a call.
   * @returns null where this advert needs somebody who sends each.
   */
  beat?(advert: Advert, source: Ip, rhythm: Rhythm, ended: () => void): Beat | null;
  /** Soon it will send and announce, and is to be quick then. Nothing leaves. */
  prepare?(): void;
  /**
   * Feeds adverts that wait in the socket to the listener, now, without waiting.
   * @param limit at most so many packets. @returns how many were read.
   */
  drain(limit: number): number;
  /**
   * Listens for, and speaks for, these virtual routers from now on, all of the same family: for the others nothing is
   * lost meanwhile. @returns why not; then it is as before, and has to be opened anew.
   */
  listen?(routers: readonly Listened[]): Failure | null;
  /** Hears nothing more; what is sent still goes out. */
  deafen?(): void;
  close(): void;
}

/** One interface seen as a place where adverts go out, and are heard elsewhere. */
export type Sender = Omit<Lan, 'drain' | 'deafen' | 'listen'>;

/** A frame that is ready to go, for whoever has the moment: the socket's descriptor, the bytes, and where they go to. */
export type Announcement = readonly [descriptor: number, frame: Uint8Array, to: Uint8Array];

/** One interface seen as a place where addresses are announced. */
export interface Announcer {
  /** What `announce` would send now; null where it would fail, or where nobody else can send it. */
  written?(address: Ip): Announcement | null;
  /** One gratuitous ARP request (sender = target = the address), or one unsolicited neighbour advertisement. */
  announce(address: Ip): Failure | null;
  close(): void;
}

/** Opens lans and announcers. A refusal of the kernel comes back as a Failure; nothing is thrown. */
export interface Lans {
  /** Joins the group on the interface, filters for the routers. @param routers all of one family. */
  open(interfaceName: string, routers: readonly Listened[], listener: LanListener): Lan | Failure;
  /**
   * Sends only, from an interface that these routers are not heard on.
   * @param failed a send that failed after it was handed over.
   */
  sender(interfaceName: string, routers: readonly Listened[], failed: (failure: Failure) => void): Sender | Failure;
  announcer(interfaceName: string): Announcer | Failure;
}
