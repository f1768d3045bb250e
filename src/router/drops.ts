import type { DropReason } from '../core/vrrp/advert.js';
import type { Ipv4 } from '../values/ipv4.js';
import type { Log } from '../values/log.js';
import { between, type Instant, seconds } from '../values/time.js';

const EVERY = seconds(60);

/** What each reason means to the person who reads the log, and what would mend it. */
const MEANING: Readonly<Record<DropReason, string>> = {
  'bad-ttl': 'TTL is not 255: it came through a router or was forged',
  'bad-version': 'its VRRP version is not the configured one',
  'bad-type': 'its type is not 1 (advertisement)',
  truncated: 'it is shorter than its address count says',
  'bad-checksum': 'its checksum is wrong',
  'unknown-vrid': 'its virtual router id is not configured on this interface',
  'wrong-destination': 'it was not sent to 224.0.0.18',
  'own-address': 'its source is our own address: another host uses it, or the network loops',
  'other-interval': 'its advertisement interval is not ours; both routers need the same advert_int',
  'other-addresses': 'its virtual addresses are not ours; both routers need the same list',
  'other-auth-type': 'its authentication type is not ours',
  'other-auth-data': 'its password is not ours',
};

/** Counts dropped packets by reason, and logs a reason's first one and then at most one line a minute. */
export class Drops {
  readonly #log: Log;
  readonly #who: object;
  readonly #counts = new Map<DropReason, { total: number; logged: Instant }>();

  constructor(log: Log, who: object) {
    this.#log = log;
    this.#who = who;
  }

  count(why: DropReason, from: Ipv4 | null, now: Instant): void {
    const entry = this.#counts.get(why);
    if (entry !== undefined) {
      entry.total += 1;
      if (between(entry.logged, now) < EVERY) return;
      entry.logged = now;
    } else {
      this.#counts.set(why, { total: 1, logged: now });
    }
    const total = entry?.total ?? 1;
    this.#log.warn({ ...this.#who, drop: why, from, total }, `advert dropped: ${MEANING[why]}`);
  }

  /** Totals by reason, for status. */
  totals(): Record<string, number> {
    return Object.fromEntries([...this.#counts].map(([why, entry]) => [why, entry.total]));
  }
}
