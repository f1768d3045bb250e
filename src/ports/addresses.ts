import type { Failure } from '../values/failure.js';
import type { Cidr, Ip } from '../values/ip.js';
import type { Instant } from '../values/time.js';
import type { Announcement } from './lan.js';

/**
 * A virtual address as it stands on an interface. One of IPv6 is usable at once, without duplicate detection, and is
 * nobody's source unless a program binds to it.
 */
export interface VirtualAddress {
  readonly interface: string;
  readonly cidr: Cidr;
  /** IPv4 only, as is the label. */
  readonly broadcast: Ip | null;
  /** IPv4 only: of IPv6 the address itself says it. */
  readonly scope: 'global' | 'site' | 'link' | 'host';
  readonly label: string | null;
}

/** One link and the addresses of both families on it, an IPv6 link's own link-local one too. */
export interface Link {
  readonly name: string;
  readonly index: number;
  /** Set up by the administrator (IFF_UP). */
  readonly up: boolean;
  /** Has a carrier (IFF_LOWER_UP / IFF_RUNNING). */
  readonly running: boolean;
  readonly mac: string;
  readonly addresses: readonly LinkAddress[];
}

export interface LinkAddress {
  readonly cidr: Cidr;
  /** Not the interface's primary one of its subnet (IFA_F_SECONDARY); of IPv6, a temporary one (RFC 8981). */
  readonly secondary: boolean;
  /**
   * IPv6's duplicate address detection (RFC 4862 §5.4): while it runs (`tentative`) and when it found the address with
   * another host (`failed`), nothing can be sent from the address. IPv4, and what asked for no detection: `done`.
   */
  readonly detection: 'done' | 'tentative' | 'failed';
}

/** What is to be announced in the moment in which the kernel has all the addresses, without another word. */
export interface Prompt {
  readonly announcements: readonly Announcement[];
  /** Until then; later it is not done: we may not be asked for the addresses any more. */
  readonly until: Instant;
  /** It was done, with all of them. Told before `add` resolves. */
  readonly done: () => void;
}

/** Links and addresses of this network namespace, the router's to write. */
export interface Addresses {
  /** All links, with their addresses. */
  links(): Promise<readonly Link[]>;
  /**
   * Adds in one batch; an address that is already there counts as done (adopted).
   * @param prompt may be left undone.
   * @returns one entry each: null, or why not.
   */
  add(list: readonly VirtualAddress[], prompt?: Prompt | null): Promise<readonly (Failure | null)[]>;
  /** Some day `add` will be called with this list: what can be made ready long before is made now, the first time. */
  foresee?(list: readonly VirtualAddress[]): void;
  /** Soon, before `until`, `add` will be called with this list, and is to be quick then. Changes nothing. */
  prepare?(list: readonly VirtualAddress[], until: Instant): void;
  /** Removes in one batch; one that is not there counts as done. */
  remove(list: readonly VirtualAddress[]): Promise<readonly (Failure | null)[]>;
  /**
   * Calls back after any change of links or addresses, coalesced; the listener reads `links()` again.
   * Overruns of the kernel's notification socket also call back.
   * @returns what ends it.
   */
  watch(changed: () => void): { close(): void };
}
