import type { Cidr, Family } from '../values/ip.js';

/** A route that is looked for. */
export interface WantedRoute {
  readonly family: Family;
  /** Exactly this network; prefix 0 is the default route. */
  readonly to: Cidr;
  /** It leads out by this one; null: by any. */
  readonly interface: string | null;
  readonly table: number;
}

/** What a watch on routes tells. */
export interface RouteListener {
  /** Which of them are there, in order: once after the first look, then after each change of the routes. */
  seen(there: readonly boolean[]): void;
  /** Why the kernel cannot be asked; null when it can again. */
  trouble(why: string | null): void;
}

/** The routes of this network namespace, to be looked at. A route that leads nowhere (no carrier) is none. */
export interface TrackRoutes {
  /** @returns what ends it. */
  watch(wanted: readonly WantedRoute[], listener: RouteListener): { close(): void };
}
