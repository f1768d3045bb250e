import { type Demand, Load, type Pace } from '../core/health/pace.js';
import { type HealthState, judge, UNKNOWN } from '../core/health/rise-fall.js';
import { type Limits, Schedule, type Scheduled } from '../core/health/schedule.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { Cancel, ProbeResult, Watch } from '../probe/attempt.js';
import type { StartProbe, WatchProbe } from '../probe/probe.js';
import { after, type Duration, type Instant, instant, micros, millis } from '../values/time.js';
import type { CheckModel } from './model.js';

/** What is known by one check. Written in place: a thousand results a second leave nothing to collect. */
export interface Checked {
  readonly model: CheckModel;
  readonly health: HealthState;
  /** The latest attempt; null before the first. */
  readonly last: ProbeResult | null;
  /** Why it could not run on this machine the last time; null when it could. */
  readonly trouble: string | null;
}

export interface ChecksDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly start: StartProbe;
  /** Repeats what succeeds again and again, at less cost. */
  readonly watch?: WatchProbe | undefined;
  /** A verdict changed, or came in for the first time. */
  readonly changed: (checked: Checked) => void;
  /** An attempt succeeded and brought advice; before the verdict that it may change. */
  readonly advised?: (checked: Checked) => void;
  /** Results are wanted at multiples of this only; 0: at once. */
  readonly together?: (grid: Duration) => void;
  /** The first attempt of each begins within that time, however long its interval is. */
  readonly within?: Duration;
  /** A check cannot run on this machine, or can again (null). */
  readonly troubled: (checked: Checked) => void;
}

class Running implements Checked {
  health = UNKNOWN;
  trouble: string | null = null;
  cancel: Cancel | null = null;
  /** While others repeat it. */
  watch: Watch | null = null;
  #last: ProbeResult | null = null;

  constructor(readonly model: CheckModel) {}

  get last(): ProbeResult | null {
    const micros = this.watch?.micros() ?? 0;
    return this.#last === null || micros === 0 ? this.#last : { ...this.#last, micros };
  }

  set last(result: ProbeResult | null) {
    this.#last = result;
  }

  /** Nothing is reported any more. */
  end(): void {
    this.cancel?.();
    this.watch?.end();
    this.watch = null;
  }
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
    const now = this.#deps.clock.now();
    const cost = COST[model.probe.kind] ?? DEAR;
    const { within } = this.#deps;
    this.#entries.set(model.id, this.#schedule.add(model.id, new Running(model), model.timing, now, cost, within));
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
    this.drop([...this.#entries.keys()].filter((id) => !ids.has(id)));
  }

  /** Ends and forgets these. */
  drop(ids: readonly string[]): void {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      entry.what.end();
      this.#schedule.remove(entry);
      this.#entries.delete(id);
      this.#load.remove(demandOf(entry.what.model));
    }
    this.#repace();
    this.#arm();
  }

  get(id: string): Checked | undefined {
    return this.#entries.get(id)?.what;
  }

  *all(): Iterable<Checked> {
    for (const entry of this.#entries.values()) yield entry.what;
  }

  /** Ends every attempt; nothing is reported any more. */
  stop(): void {
    this.#stopped = true;
    this.#alarm.close();
    for (const entry of this.#entries.values()) entry.what.end();
  }

  #turn(): void {
    this.#schedule.take(this.#deps.clock.now(), (entry) => {
      entry.what.cancel = this.#deps.start(entry.what.model.probe, (result) => this.#done(entry, result));
    });
    this.#arm();
  }

  #done(entry: Scheduled<Running>, result: ProbeResult): void {
    if (this.#stopped || !entry.running) return;
    const checked = entry.what;
    // Kept until the next attempt, what an attempt leaves behind would grow old: the dearest to collect.
    checked.cancel = null;
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
    if (result.ok) this.#lend(entry);
  }

  /** What is up, and has been so, is repeated elsewhere: only a failure is news. */
  #lend(entry: Scheduled<Running>): void {
    const { health, model } = entry.what;
    if (this.#stopped || entry.slot < 0 || health.verdict !== 'up' || model.timing.jitter > 0) return;
    const back = (result: ProbeResult): void => {
      entry.what.watch = null;
      this.#schedule.back(entry, after(this.#deps.clock.now(), micros(-result.micros)));
      this.#done(entry, result);
    };
    entry.what.watch = this.#deps.watch?.(model.probe, model.timing.interval, entry.due, back) ?? null;
    if (entry.what.watch !== null) this.#schedule.lend(entry);
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
