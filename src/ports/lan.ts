import type { Advert, BadPacket, Version } from '../core/vrrp/advert.js';
import type { Failure } from '../values/failure.js';
import type { Ipv4 } from '../values/ipv4.js';

/** A virtual router that is listened for, in the one version that it speaks. */
export interface Listened {
  readonly virtualRouterId: number;
  readonly version: Version;
}

/** What the shell is told by a lan. */
export interface LanListener {
  /** A well-formed advert for one of the routers that were asked for, in its version. */
  advert(from: Ipv4, advert: Advert): void;
  /**
   * A packet that is none: counted by its kind, `sampled` where the kernel dropped more of them unseen. `router` is the VRID where it is
   * ours and speaks another version.
   */
  dropped(why: BadPacket, from: Ipv4 | null, router: number | null): void;
  /** A send that failed after it was handed over. */
  failed(failure: Failure): void;
}

/** One interface seen as a place where adverts go out and come in. */
export interface Lan {
  /**
   * Hands one advert to the kernel at once; the same record is encoded only once.
   * @param source the interface's primary address (vrrp-checklist 3).
   */
  send(advert: Advert, source: Ipv4): Failure | null;
  /** Sends one gratuitous ARP request for `address` (sender = target = the address). */
  announce(address: Ipv4): Failure | null;
  /**
   * Feeds adverts that wait in the socket to the listener, now, without waiting.
   * @param limit at most so many packets. @returns how many were read.
   */
  drain(limit: number): number;
  close(): void;
}

/** Opens a lan: joins 224.0.0.18 on the interface, filters for the routers. */
export interface Lans {
  /** @throws nothing: a refusal of the kernel comes back as a Failure. */
  open(interfaceName: string, routers: readonly Listened[], listener: LanListener): Lan | Failure;
}
