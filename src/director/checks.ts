import { type Demand, Load, type Pace } from '../core/health/pace.js';
import { type HealthState, judge, UNKNOWN } from '../core/health/rise-fall.js';
import { type Limits, Schedule, type Scheduled } from '../core/health/schedule.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { Cancel, ProbeResult } from '../probe/attempt.js';
import type { StartProbe } from '../probe/probe.js';
import { type Duration, type Instant, instant, millis } from '../values/time.js';
import type { CheckModel } from './model.js';

/** What is known by one check. Written in place: a thousand results a second leave nothing to collect. */
export interface Checked {
  readonly model: CheckModel;
  health: HealthState;
  /** The latest attempt; null before the first. */
  last: ProbeResult | null;
  /** Why it could not run on this machine the last time; null when it could. */
  trouble: string | null;
}

export interface ChecksDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly start: StartProbe;
  /** A verdict changed, or came in for the first time. */
  readonly changed: (checked: Checked) => void;
  /** An attempt succeeded and brought advice; before the verdict that it may change. */
  readonly advised?: (checked: Checked) => void;
  /** Results are wanted at multiples of this only; 0: at once. */
  readonly together?: (grid: Duration) => void;
  /** A check cannot run on this machine, or can again (null). */
  readonly troubled: (checked: Checked) => void;
}

interface Running {
  readonly checked: Checked;
  cancel: Cancel | null;
}

/** Two or three milliseconds of starting in one turn. */
const LIMITS: Limits = { concurrency: 64, burst: 64, pace: millis(2) };
/** A connection that node itself makes costs the loop several times one that the addon makes. */
const COST: Partial<Record<CheckModel['probe']['kind'], number>> = { tcp: 1 };
const DEAR = 4;

/** Runs the checks when they are due, and judges their results. */
export class Checks {
  readonly #deps: ChecksDeps;
  readonly #schedule: Schedule<Running>;
  readonly #alarm: Alarm;
  readonly #entries = new Map<string, Scheduled<Running>>();
  readonly #running = new Set<Scheduled<Running>>();
  readonly #load = new Load();
  #pace: Pace = this.#load.pace;
  #armed: Instant | null = null;
  #stopped = false;

  constructor(deps: ChecksDeps) {
    this.#deps = deps;
    this.#schedule = new Schedule(LIMITS);
    this.#alarm = deps.alarms.alarm(() => {
      this.#armed = null;
      this.#turn();
    });
  }

  /** Takes a check into the schedule; one that is there already is only counted once. */
  add(model: CheckModel): void {
    if (this.#entries.has(model.id)) return;
    const checked: Checked = { model, health: UNKNOWN, last: null, trouble: null };
    const now = this.#deps.clock.now();
    const cost = COST[model.probe.kind] ?? DEAR;
    this.#entries.set(model.id, this.#schedule.add(model.id, { checked, cancel: null }, model.timing, now, cost));
    this.#load.add(demandOf(model));
    this.#repace();
    this.#arm();
  }

  #repace(): void {
    const pace = this.#load.pace;
    if (pace.grid !== this.#pace.grid) this.#deps.together?.(pace.grid);
    if (pace.concurrency !== this.#pace.concurrency) this.#schedule.limit({ ...LIMITS, concurrency: pace.concurrency });
    this.#pace = pace;
  }

  /** Ends and forgets every check but these, by id; what goes on keeps its place on the grid. */
  keepOnly(ids: { has(id: string): boolean }): void {
    for (const [id, entry] of this.#entries) {
      if (ids.has(id)) continue;
      entry.what.cancel?.();
      this.#running.delete(entry);
      this.#schedule.remove(entry);
      this.#entries.delete(id);
      this.#load.remove(demandOf(entry.what.checked.model));
    }
    this.#repace();
    this.#arm();
  }

  get(id: string): Checked | undefined {
    return this.#entries.get(id)?.what.checked;
  }

  *all(): Iterable<Checked> {
    for (const entry of this.#entries.values()) yield entry.what.checked;
  }

  /** Ends every attempt; nothing is reported any more. */
  stop(): void {
    this.#stopped = true;
    this.#alarm.close();
    for (const entry of this.#running) entry.what.cancel?.();
    this.#running.clear();
  }

  #turn(): void {
    this.#schedule.take(this.#deps.clock.now(), (entry) => {
      this.#running.add(entry);
      entry.what.cancel = this.#deps.start(entry.what.checked.model.probe, (result) => this.#done(entry, result));
    });
    this.#arm();
  }

  #done(entry: Scheduled<Running>, result: ProbeResult): void {
    if (this.#stopped || !this.#running.delete(entry)) return;
    const { checked } = entry.what;
    // Kept until the next attempt, what an attempt leaves behind would grow old: the dearest to collect.
    entry.what.cancel = null;
    // A failure of our own ends the check without a verdict: a director out of descriptors must not empty its table.
    const over = this.#schedule.done(entry, result.ok || result.ours, this.#deps.clock.now());
    this.#arm();
    const trouble = result.ours ? result.reason : null;
    const troubled = trouble !== checked.trouble;
    checked.trouble = trouble;
    if (troubled) this.#deps.troubled(checked);
    if (result.ours) return;
    checked.last = result;
    if (result.found?.advice !== undefined) this.#deps.advised?.(checked);
    if (!over) return;
    const before = checked.health.verdict;
    checked.health = judge(checked.health, result.ok, checked.model.thresholds);
    if (checked.health.verdict !== before) this.#deps.changed(checked);
  }

  /** Sets the alarm only when it must ring earlier: most results need no system call for it. */
  #arm(): void {
    if (this.#stopped) return;
    const first = this.#schedule.wake(this.#deps.clock.now());
    if (first === null) return;
    const { grid } = this.#pace;
    const wake = grid === 0 ? first : instant(Math.ceil(first / grid) * grid);
    if (this.#armed !== null && this.#armed <= wake) return;
    this.#armed = wake;
    this.#alarm.set(wake);
  }
}

const demandOf = ({ timing, probe }: CheckModel): Demand => ({ interval: timing.interval, timeout: probe.timeout });
