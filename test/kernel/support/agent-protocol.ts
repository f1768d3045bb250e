import type { Advert, BadPacket } from '../../../src/core/vrrp/advert.js';
import type { Link, VirtualAddress } from '../../../src/ports/addresses.js';
import type { Listened } from '../../../src/ports/lan.js';
import type { Laid, Way } from '../../../src/ports/routes.js';
import type { VirtualMac } from '../../../src/ports/virtual-mac.js';
import type { Failure } from '../../../src/values/failure.js';
import type { Ip } from '../../../src/values/ip.js';

/** What a test asks an agent, a process inside a network namespace with the real adapters, to do. */
export interface Calls {
  links(): readonly Link[];
  add(list: readonly VirtualAddress[]): readonly (Failure | null)[];
  remove(list: readonly VirtualAddress[]): readonly (Failure | null)[];
  /** Adds routes and rules, and removes them. */
  lay(list: readonly Way[]): readonly Laid[];
  lift(list: readonly Way[]): readonly (Failure | null)[];
  /** Counts calls of that watch's listener from now on. */
  watchWays(): null;
  losses(): number;
  /** Counts calls of the watch's listener from now on. */
  watch(): null;
  changes(): number;
  /** Listens for these VRIDs, in version 2 where only the number is given. */
  open(interfaceName: string, routers: readonly (number | Listened)[]): Failure | null;
  send(advert: Advert, source: Ip): Failure | null;
  announce(address: Ip): Failure | null;
  /** Adds these with a word to announce them at once, good for so long. @returns with whether that was done. */
  addPrompted(list: readonly VirtualAddress[], ms: number): [results: readonly (Failure | null)[], announced: boolean];
  closeLan(): null;
  /** Blocks the event loop, then drains the lan in the same turn. @returns how many packets it read. */
  stall(ms: number, limit: number): number;
  /** Blocks the event loop, then listens for these VRIDs in version 2 in the same turn. */
  listenLate(ms: number, routers: readonly number[]): Failure | null;
  /** What the lan's listener heard since the last call. */
  heard(): Heard;
  /** Sends the advert on a grid and measures. */
  beat(advert: Advert, source: Ip, everyMs: number, times: number): Beat;
  /** Sends `rate` packets a second through a raw socket of the packets' own header. @returns how many went out. */
  flood(interfaceName: string, packets: readonly string[], rate: number, forMs: number): number;
  ensureMacs(list: readonly VirtualMac[]): readonly (Failure | null)[];
  removeMacs(list: readonly VirtualMac[]): readonly (Failure | null)[];
  installFilter(addresses: readonly Ip[]): Failure | null;
  filterStands(): boolean | Failure;
  removeFilter(): Failure | null;
  /** How many descriptors are open. */
  descriptors(): number;
  /** What a program that the agent starts finds open: `ls -l` of its descriptors. */
  inherited(): string;
}

export interface Heard {
  readonly adverts: readonly { readonly from: Ip; readonly advert: Advert }[];
  readonly dropped: Readonly<Partial<Record<BadPacket, number>>>;
  readonly droppedFrom: readonly (Ip | null)[];
  readonly failed: readonly Failure[];
  /** Peers that there is no route to. */
  readonly unreachable: readonly Ip[];
}

export interface Beat {
  readonly lateMs: readonly number[];
  readonly failures: readonly Failure[];
  /** Of one core, over the whole time. */
  readonly cpu: number;
  readonly rssBefore: number;
  readonly rssAfter: number;
  readonly heapBefore: number;
  readonly heapAfter: number;
}

export interface Request {
  readonly id: number;
  readonly name: keyof Calls;
  readonly args: readonly unknown[];
}

export type Response =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };
