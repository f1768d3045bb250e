import type { Endpoint } from '../values/endpoint.js';
import type { Ip } from '../values/ip.js';
import type { Duration } from '../values/time.js';
import type { Cancel } from './result.js';

/** How an attempt leaves this machine, where that is not left to the kernel. */
export interface Way {
  /** The local address; null: the kernel's choice. */
  readonly bind: Ip | null;
  /** SO_MARK, for policy routing and firewalls; null: none. */
  readonly mark: number | null;
}

/** What every kind's record has: where to, how, and how long at most. Prepared once. */
export interface Base {
  /** Port 0 where the kind has none. */
  readonly target: Endpoint;
  /** One bound over everything that the attempt does. */
  readonly timeout: Duration;
  /** null: as the kernel chooses, which is what most checks do. */
  readonly way: Way | null;
}

/**
 * Connects a TCP socket that carries a mark.
 * @param done told once, later: the connected descriptor, which is the caller's then, or the kernel's name for the error.
 * @throws a system error (with `code`) where it cannot even begin.
 */
export type MarkedConnect = (
  target: Endpoint,
  way: Way,
  done: (end: { readonly fd: number } | { readonly code: string }) => void,
) => Cancel;

/** What the attempts need of this machine and node does not give. */
export interface ProbeHost {
  readonly connectMarked: MarkedConnect;
}
