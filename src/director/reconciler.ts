import { describeChanges } from '../core/ipvs/describe.js';
import { plan } from '../core/ipvs/plan.js';
import { type ActualService, type DesiredService, serviceId, type TableChange } from '../core/ipvs/table.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { IpvsTable } from '../ports/ipvs.js';
import { type Failure, formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { after, between, type Duration, type Instant, millis, seconds } from '../values/time.js';
import type { Owned } from './owned.js';

export interface ReconcilerDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly table: IpvsTable;
  readonly owned: Owned;
  /** How often the table is compared although nothing has changed. */
  readonly interval: Duration;
  /** The table as it should be now, given the one that stands. */
  readonly desired: (actual: readonly ActualService[]) => readonly DesiredService[];
  /** Something for `directorctl events`. */
  readonly happened: (what: 'repaired' | 'failed' | 'recovered', reason: string | null) => void;
}

const FIRST_WAIT = millis(250);
const LONGEST_WAIT = seconds(5);
/** So many failures are named; the rest is a number. */
const NAMED = 10;

/** Keeps the kernel's table as it should be: one comparison at a time, after changes, on drift, and again after errors. */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #alarm: Alarm;
  #actual: readonly ActualService[] = [];
  /** When `#actual` was read; null when it is older than our own latest change. */
  #readAt: Instant | null = null;
  #readable = false;
  #problems: readonly string[] = [];
  #wait: Duration = FIRST_WAIT;
  /** Somebody asked for a comparison since the last one began: what differs then is not drift. */
  #asked = true;
  #pending: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  #working = false;
  #loop: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#alarm = deps.alarms.alarm(() => void this.#request());
  }

  /** The table as it was last read. */
  get actual(): readonly ActualService[] {
    return this.#actual;
  }

  /** Whether the table could be read the last time. */
  get readable(): boolean {
    return this.#readable;
  }

  /** What is wrong right now, one sentence each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** What should be has changed. Resolves after a comparison that began after this call; calls that meet share one. */
  changed(): Promise<void> {
    this.#asked = true;
    return this.#request();
  }

  /** Sees to it that `actual` is at most so old. */
  async fresh(age: Duration): Promise<void> {
    if (this.#readAt === null || between(this.#readAt, this.#deps.clock.now()) > age) await this.#request();
  }

  /** Ends after the comparison under way. `clear` removes our services from the table. */
  async stop(mode: 'leave' | 'clear'): Promise<void> {
    this.#stopped = true;
    this.#alarm.close();
    await this.#loop;
    if (mode === 'clear') await this.#clear();
  }

  #request(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    if (this.#pending === null) {
      let resolve = (): void => {};
      const promise = new Promise<void>((r) => {
        resolve = r;
      });
      this.#pending = { promise, resolve };
    }
    const { promise } = this.#pending;
    if (!this.#working) this.#loop = this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    this.#working = true;
    // One turn later, so that verdicts which come in together make one comparison.
    await Promise.resolve();
    for (let next = this.#pending; next !== null; next = this.#pending) {
      this.#pending = null;
      await this.#compare();
      next.resolve();
    }
    this.#working = false;
    if (this.#stopped) return;
    const wait = this.#problems.length === 0 ? this.#deps.interval : this.#wait;
    this.#alarm.set(after(this.#deps.clock.now(), wait));
  }

  async #compare(): Promise<void> {
    let problems: readonly string[];
    try {
      problems = await this.#pass();
    } catch (error) {
      problems = [`table: ${error instanceof Error ? error.message : String(error)}`];
    }
    this.#report(problems);
  }

  /**
   * No service is wanted and none is ours: the table is not our business. A host that only shares addresses need not have
   * IPVS in its kernel, and asking for it would load the module.
   */
  #nothingToDo(): boolean {
    return this.#deps.owned.ids.size === 0 && this.#deps.desired([]).length === 0;
  }

  /** @returns what went wrong. */
  async #pass(): Promise<readonly string[]> {
    const { table, owned } = this.#deps;
    if (this.#nothingToDo()) return [];
    const dump = await this.#read();
    if (dump !== null) return [formatFailure(dump)];
    // Both in one turn: a change that comes in later is for the comparison that it asks for.
    const asked = this.#asked;
    this.#asked = false;
    const desired = this.#deps.desired(this.#actual);
    const ids = new Set(desired.map((s) => serviceId(s.key)));
    const problems: string[] = [];
    await this.#own(new Set([...owned.ids, ...ids]), problems);
    const changes = plan(desired, this.#actual, owned.ids);
    if (changes.length > 0) {
      const failures = await table.apply(changes);
      this.#readAt = null;
      this.#logChanges(changes, failures, asked);
      const failed = failures.filter((f) => f !== null);
      problems.push(...failed.slice(0, NAMED).map(formatFailure));
      if (failed.length > NAMED) problems.push(`and ${failed.length - NAMED} more changes of the table failed`);
      if (failed.length > 0) await this.#read();
    }
    if (problems.length === 0) await this.#own(ids, problems);
    return problems;
  }

  async #own(ids: ReadonlySet<string>, problems: string[]): Promise<void> {
    await this.#deps.owned.set(ids).catch((error: Error) => {
      problems.push(`the list of our services cannot be stored: ${error.message}`);
    });
  }

  async #read(): Promise<Failure | null> {
    const readAt = this.#deps.clock.now();
    const dump = await this.#deps.table.dump();
    this.#readable = !('code' in dump);
    if ('code' in dump) return dump;
    this.#actual = dump;
    this.#readAt = readAt;
    return null;
  }

  #logChanges(changes: readonly TableChange[], failures: readonly (Failure | null)[], asked: boolean): void {
    const done = changes.filter((_, i) => (failures[i] ?? null) === null);
    if (done.length === 0) return;
    const what = describeChanges(done);
    // Not asked for, and all was well before: somebody else changed the table.
    const drift = !asked && this.#problems.length === 0;
    this.#deps.log[drift ? 'warn' : 'info'](
      { changes: done.length },
      `table ${drift ? 'repaired' : 'changed'}: ${what}`,
    );
    if (drift) this.#deps.happened('repaired', what);
  }

  #report(problems: readonly string[]): void {
    const before = this.#problems;
    this.#problems = problems;
    if (problems.length === 0) {
      this.#wait = FIRST_WAIT;
      if (before.length === 0) return;
      this.#deps.log.info({}, 'table is as it should be again');
      this.#deps.happened('recovered', null);
      return;
    }
    this.#wait = before.length === 0 ? FIRST_WAIT : (Math.min(this.#wait * 2, LONGEST_WAIT) as Duration);
    if (problems.join('\n') === before.join('\n')) return;
    this.#deps.log.error({ problems }, `table is not as it should be, trying again: ${problems[0]}`);
    this.#deps.happened('failed', problems[0] ?? null);
  }

  async #clear(): Promise<void> {
    const { table, owned, log } = this.#deps;
    const dump = await this.#read();
    const changes = dump === null ? plan([], this.#actual, owned.ids) : [];
    const failures = dump === null ? await table.apply(changes) : [dump];
    const failed = failures.filter((f) => f !== null);
    if (failed.length > 0) {
      log.error({ failures: failed.slice(0, NAMED).map(formatFailure) }, 'table could not be cleared');
      return;
    }
    log.info({ services: changes.length }, 'table cleared');
    await owned.set(new Set()).catch((error: Error) => log.error({ why: error.message }, 'cleared, but not stored'));
  }
}
