import type { Difference, DropReason } from '../core/vrrp/advert.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';
import { between, type Instant, seconds } from '../values/time.js';

const EVERY = seconds(60);

/** What each reason means to the person who reads the log, and what would mend it. */
export const MEANING: Readonly<Record<DropReason | Difference, string>> = {
  'bad-ttl':
    'its TTL is not 255, or not within min_ttl and max_ttl of its peer: it came through a router or was forged',
  'bad-version': 'its VRRP version is not the configured one',
  'bad-type': 'its type is not 1 (advertisement)',
  truncated: 'it is shorter than its address count says',
  'bad-checksum': 'its checksum is wrong',
  'no-addresses': 'it lists no virtual address',
  'zero-interval': 'its advertisement interval is 0',
  'unknown-vrid': 'its virtual router id is not configured on this interface',
  'wrong-destination':
    'it was sent to the VRRP group where we have unicast peers, or to us alone where we expect the group; both routers need the same',
  'unknown-peer': 'its sender is none of the unicast peers',
  'own-address': 'its source is our own address: another host uses it, or the network loops',
  'other-interval': 'its advertisement interval is not ours; both routers need the same advert_int',
  'other-addresses': 'its virtual addresses are not ours; both routers need the same list',
  'other-checksum': 'its checksum is of the other convention; `checksum` says which one we send',
  'not-link-local': 'its first address is not link-local, as RFC 9568 demands',
  'other-auth-type': 'its authentication type is not ours',
  'other-auth-data': 'its password is not ours',
};

/** What became of the packets that are counted. */
type Fate = 'dropped' | 'taken';

interface Entry {
  total: number;
  logged: Instant;
  latest: Instant;
  from: Ip | null;
}

/** Counts packets by reason, and logs a reason's first one and then at most one line a minute. */
export class Drops {
  readonly #log: Log;
  readonly #who: object;
  readonly #fate: Fate;
  readonly #counts = new Map<DropReason | Difference, Entry>();

  constructor(log: Log, who: object, fate: Fate = 'dropped') {
    this.#log = log;
    this.#who = who;
    this.#fate = fate;
  }

  count(why: DropReason | Difference, from: Ip | null, now: Instant): void {
    const entry = this.#counts.get(why);
    if (entry !== undefined) {
      entry.total += 1;
      entry.latest = now;
      entry.from = from;
      if (between(entry.logged, now) < EVERY) return;
      entry.logged = now;
    } else {
      this.#counts.set(why, { total: 1, logged: now, latest: now, from });
    }
    const total = entry?.total ?? 1;
    const origin = from === null ? '' : ` of ${from}`;
    if (this.#fate === 'dropped') {
      this.#log.warn({ ...this.#who, drop: why, from, total }, `advert${origin} dropped: ${MEANING[why]}`);
    } else {
      this.#log.warn({ ...this.#who, differs: why, from, total }, `advert${origin} taken, but ${MEANING[why]}`);
    }
  }

  /** What is going on right now, one sentence a reason: those that were counted since `since`. */
  recent(since: Instant): string[] {
    return [...this.#counts]
      .filter(([, entry]) => entry.latest >= since)
      .map(([why, { from }]) => `adverts of ${from ?? 'somebody'} are ${this.#fate}: ${MEANING[why]}`);
  }

  /** Totals by reason, for status. */
  totals(): Record<string, number> {
    return Object.fromEntries([...this.#counts].map(([why, entry]) => [why, entry.total]));
  }
}
