import type { RouteListener, TrackRoutes, WantedRoute } from '../ports/track-routes.js';
import type { Family } from '../values/ip.js';
import type { NetlinkMessage } from '../wire/netlink.js';
import { errnoName } from './generic-netlink.js';
import { native as addon, type Native } from './native.js';
import { RouteNetlink } from './route-netlink.js';
import { watchRoutes } from './route-watch.js';
import { RTMGRP_LINK } from './socket-numbers.js';
import { encodeGetRoutes, isRoute, onlyRoutes } from './track-route-messages.js';
import { RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_ROUTE } from './way-numbers.js';

/** News of one change come together. */
const SETTLING_MS = 20;
/** After the kernel refused, when it is asked again. */
const RETRY_MS = 5_000;
/** How often a dump that the kernel calls inconsistent is read again before it is taken as it is. */
const ATTEMPTS = 5;

/**
 * Routes by rtnetlink: its notifications say when to look, a dump says what is. The kernel drops routes of IPv4 with
 * their interface without a word, so that links are watched as well.
 */
export class KernelTrackRoutes implements TrackRoutes {
  readonly #native: Native;
  constructor(native: Native = addon) {
    this.#native = native;
  }

  watch(wanted: readonly WantedRoute[], listener: RouteListener): { close(): void } {
    return new Watch(this.#native, wanted, listener);
  }
}

class Watch {
  readonly #native: Native;
  readonly #wanted: readonly WantedRoute[];
  readonly #listener: RouteListener;
  readonly #netlink: RouteNetlink;
  readonly #families: readonly Family[];
  #news: { close(): void } | null = null;
  #retry: NodeJS.Timeout | null = null;
  #reading = false;
  #again = false;
  #open = true;
  #said: string | null = null;
  #trouble: string | null = null;

  constructor(native: Native, wanted: readonly WantedRoute[], listener: RouteListener) {
    this.#native = native;
    this.#wanted = wanted;
    this.#listener = listener;
    this.#netlink = new RouteNetlink(native);
    this.#families = [...new Set(wanted.map((w) => w.family))];
    void this.#read();
  }

  close(): void {
    this.#open = false;
    this.#news?.close();
    if (this.#retry !== null) clearTimeout(this.#retry);
    void this.#netlink.close();
  }

  /** One reading at a time, and one more when something changed meanwhile. */
  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    do {
      this.#again = false;
      await this.#look().then(
        () => this.#tell(null),
        (error: unknown) => this.#tell(error instanceof Error ? error.message : String(error)),
      );
    } while (this.#again && this.#open);
    this.#reading = false;
    if (this.#trouble !== null && this.#open) this.#retry = setTimeout(() => void this.#read(), RETRY_MS);
  }

  async #look(): Promise<void> {
    // First the watch: what changes after the dump is told.
    this.#news ??= watchRoutes(
      this.#native,
      {
        groups: RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
        filter: onlyRoutes(this.#wanted),
        settlingMs: SETTLING_MS,
      },
      () => void this.#read(),
    );
    const rows = new Map<Family, readonly NetlinkMessage[]>();
    for (const family of this.#families) rows.set(family, await this.#dump(family));
    if (!this.#open) return;
    const there = this.#wanted.map((wanted) => {
      const index = wanted.interface === null ? null : this.#native.interfaceIndex(wanted.interface);
      return index !== 0 && (rows.get(wanted.family) ?? []).some((row) => isRoute(row, wanted, index));
    });
    if (this.#said === there.join()) return;
    this.#said = there.join();
    this.#listener.seen(there);
  }

  async #dump(family: Family): Promise<readonly NetlinkMessage[]> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#netlink.exchange(1, (sequence) => encodeGetRoutes(family, sequence));
      const errno = answer.verdicts.get(answer.first)?.errno ?? 0;
      if (errno !== 0) throw new Error(`dump of routes: ${errnoName(errno)}`);
      if (!answer.interrupted || attempt === ATTEMPTS) return answer.rows;
    }
  }

  #tell(trouble: string | null): void {
    if (!this.#open || trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#listener.trouble(trouble);
  }
}
