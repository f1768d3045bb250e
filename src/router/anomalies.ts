import type { ConditionStatus } from '../core/status.js';
import type { Difference, DropReason } from '../core/vrrp/advert.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';
import { after, between, type Duration, type Instant } from '../values/time.js';
import { MEANING } from './drops.js';

/** What can be wrong between this router and others, by name. */
export type Anomaly = 'two-masters' | 'address-conflict' | DropReason | Difference;

/** What is done with the advert that shows it. */
type Fate = 'dropped' | 'taken' | 'seen';

interface Entry {
  readonly fate: Fate;
  total: number;
  latest: Instant;
  from: Ip | null;
  text: string;
  /** While it lasts: ISO 8601. */
  since: string | null;
}

/** What it needs from outside. */
export interface AnomalyDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly wall: () => string;
  /** One came (with its text) or went. */
  readonly changed: (what: string, reason: string | null) => void;
}

/**
 * What is wrong between one instance and its neighbours right now: each kind is counted, logged when it comes and when
 * it was not seen for a while, and shown in status in between. A flood of it costs a counter each.
 */
export class Anomalies {
  readonly #deps: AnomalyDeps;
  #instance: string;
  #quiet: Duration;
  readonly #entries = new Map<Anomaly, Entry>();
  readonly #alarm: Alarm;
  #armed = false;

  /** @param quiet after so long without another sighting it is over. */
  constructor(instance: string, quiet: Duration, deps: AnomalyDeps) {
    this.#instance = instance;
    this.#quiet = quiet;
    this.#deps = deps;
    this.#alarm = deps.alarms.alarm(() => this.#onAlarm());
  }

  /** The instance has another name, or another interval. */
  follow(instance: string, quiet: Duration): void {
    this.#instance = instance;
    this.#quiet = quiet;
  }

  /** An advert that was refused. */
  dropped(why: DropReason, from: Ip | null): void {
    this.#see(why, 'dropped', from, null);
  }

  /** An advert that was taken although it differs. */
  differing(why: Difference, from: Ip): void {
    this.#see(why, 'taken', from, null);
  }

  /** Another master is heard beside ours, or two others. */
  twoMasters(from: Ip, text: string): void {
    this.#see('two-masters', 'seen', from, text);
  }

  /** Another host says that it has one of our addresses. */
  conflict(address: Ip, text: string): void {
    this.#see('address-conflict', 'seen', address, text);
  }

  /** How often each was seen, for status. */
  totals(fate: Fate): Record<string, number> {
    return Object.fromEntries(
      [...this.#entries].filter(([, entry]) => entry.fate === fate).map(([name, entry]) => [name, entry.total]),
    );
  }

  /** Those that last, for status. */
  lasting(): ConditionStatus[] {
    const found: ConditionStatus[] = [];
    for (const [name, entry] of this.#entries) {
      if (entry.since !== null) found.push({ name, since: entry.since, from: entry.from, text: sentence(name, entry) });
    }
    return found;
  }

  close(): void {
    this.#alarm.close();
  }

  #see(name: Anomaly, fate: Fate, from: Ip | null, text: string | null): void {
    const now = this.#deps.clock.now();
    const known = this.#entries.get(name);
    if (known !== undefined) {
      known.total += 1;
      known.latest = now;
      known.from = from;
      if (text !== null) known.text = text;
      if (known.since === null) this.#came(name, known, now);
      return;
    }
    const entry: Entry = { fate, total: 1, latest: now, from, text: text ?? '', since: null };
    this.#entries.set(name, entry);
    this.#came(name, entry, now);
  }

  #came(name: Anomaly, entry: Entry, now: Instant): void {
    entry.since = this.#deps.wall();
    const text = sentence(name, entry);
    const { from, total } = entry;
    this.#deps.log.warn({ instance: this.#instance, condition: name, from, total }, `${this.#instance}: ${text}`);
    this.#deps.changed(name, text);
    if (this.#armed) return;
    this.#armed = true;
    this.#alarm.set(after(now, this.#quiet));
  }

  #onAlarm(): void {
    const now = this.#deps.clock.now();
    let next: Instant | null = null;
    for (const [name, entry] of this.#entries) {
      if (entry.since === null) continue;
      const over = after(entry.latest, this.#quiet);
      if (between(over, now) >= 0) this.#went(name, entry);
      else if (next === null || over < next) next = over;
    }
    this.#armed = next !== null;
    if (next !== null) this.#alarm.set(next);
  }

  #went(name: Anomaly, entry: Entry): void {
    const { from, total, since } = entry;
    entry.since = null;
    const fields = { instance: this.#instance, condition: name, from, total, since };
    this.#deps.log.info(fields, `${this.#instance}: ${name} is over`);
    this.#deps.changed(`${name} over`, null);
  }
}

/** Readable: what is seen, of whom, and what would mend it. */
function sentence(name: Anomaly, entry: Entry): string {
  if (name === 'two-masters' || name === 'address-conflict') return entry.text;
  return `adverts of ${entry.from ?? 'somebody'} are ${entry.fate}: ${MEANING[name]}`;
}
