import { same } from '../../core/reload/differences.js';
import type { TrackVerdict } from '../../core/track/verdict.js';
import type { TrackRoutes, WantedRoute } from '../../ports/track-routes.js';
import { formatCidr } from '../../values/ip.js';

/** One track as configured. */
export interface RouteTrack extends WantedRoute {
  readonly name: string;
}

export interface RouteTracksDeps {
  readonly routes: TrackRoutes;
  readonly verdict: (name: string, verdict: TrackVerdict) => void;
}

/** RT_TABLE_MAIN. */
const MAIN = 254;

/** Tells which routes are there. */
export class RouteTracks {
  #tracks: readonly RouteTrack[];
  readonly #deps: RouteTracksDeps;
  #watch: { close(): void } | null = null;
  #trouble: string | null = null;

  constructor(tracks: readonly RouteTrack[], deps: RouteTracksDeps) {
    this.#tracks = tracks;
    this.#deps = deps;
  }

  start(): void {
    if (this.#tracks.length === 0) return;
    this.#watch = this.#deps.routes.watch(this.#tracks, {
      seen: (there) =>
        this.#tracks.forEach((track, i) => {
          const up = there[i] === true;
          this.#deps.verdict(track.name, { up, reason: up ? null : describe(track) });
        }),
      trouble: (why) => {
        this.#trouble = why;
      },
    });
  }

  /** Goes on with other tracks. */
  follow(tracks: readonly RouteTrack[]): void {
    if (same(tracks, this.#tracks)) return;
    this.#tracks = tracks;
    this.#watch?.close();
    this.#watch = null;
    this.#trouble = null;
    this.start();
  }

  /** Why routes cannot be looked at. */
  problems(): string[] {
    return this.#trouble === null ? [] : [`tracked routes cannot be looked at: ${this.#trouble}`];
  }

  stop(): void {
    this.#watch?.close();
  }
}

/** `no IPv4 default route by eth0 in table 100`. */
function describe({ to, family, interface: name, table }: RouteTrack): string {
  const what = to.prefix === 0 ? `IPv${family} default route` : `route to ${formatCidr(to)}`;
  return `no ${what}${name === null ? '' : ` by ${name}`}${table === MAIN ? '' : ` in table ${table}`}`;
}
