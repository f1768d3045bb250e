import type { Failure } from '../values/failure.js';
import type { Family } from '../values/ip.js';

/** The interface that carries a virtual router's MAC, on top of the one that the router speaks on. */
export interface VirtualMac {
  readonly name: string;
  readonly parent: string;
  /** `00:00:5e:00:01:32`, see {@link virtualMacOf}. */
  readonly mac: string;
  /** Of the adverts and addresses that it is for: 6 where any of them is IPv6. */
  readonly family: Family;
}

/** Interfaces with a virtual MAC in this network namespace, the router's to make and to remove. */
export interface VirtualMacs {
  /**
   * Makes each, or adopts one that an earlier life of ours left behind, sets it up, and sets what makes the kernel answer
   * for virtual addresses with this MAC only. Twice does no harm.
   * @returns one entry each: null, or why not; `foreign` for an interface of that name that is somebody else's, which stays.
   */
  ensure(wanted: readonly VirtualMac[]): Promise<readonly (Failure | null)[]>;
  /** Removes those that are ours, and puts a parent's settings back with its last one. One that is not there is done. */
  remove(wanted: readonly VirtualMac[]): Promise<readonly (Failure | null)[]>;
}

/** The MAC of a virtual router (vrrp-checklist 4; RFC 9568 §7.3). */
export function virtualMacOf(virtualRouterId: number, family: Family): string {
  return `00:00:5e:00:0${family === 4 ? 1 : 2}:${virtualRouterId.toString(16).padStart(2, '0')}`;
}
