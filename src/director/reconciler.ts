import type { ActualService, DesiredService, TableChange } from '../core/ipvs/table.js';
import type { Alarm, Alarms } from '../ports/clock.js';
import { type Failure, formatFailure } from '../values/failure.js';
import { type ServiceKey, serviceId } from '../values/service-key.js';
import { after, type Duration, type Instant, seconds } from '../values/time.js';
import { ChangeDelays } from './change-delays.js';
import { KnownTable, type KnownTableDeps } from './known-table.js';
import { Queue } from './queue.js';
import { nextWait, Refusals } from './refusals.js';
import { Rotation } from './rotation.js';
import { clearTable } from './table-clear.js';
import { TableNews, type TableNewsDeps } from './table-news.js';

export interface ReconcilerDeps extends KnownTableDeps, TableNewsDeps {
  readonly alarms: Alarms;
  /** Calls back on a later turn of the loop. */
  readonly later: (call: () => void) => void;
  /** How often the table is compared although nothing has changed. */
  readonly interval: () => Duration;
  /** Of these services those that should be in the table now, as they should be. */
  readonly desired: (ids: readonly string[]) => readonly DesiredService[];
  /** The table as it was found, before anything is changed. */
  readonly adopt: (found: readonly ActualService[]) => void;
}

/** Services that are planned and applied in one go: a few milliseconds of the loop. */
const AT_ONCE = 64;
/** Services that are read in one go when somebody asks for their counters. */
const LOOK_AT_ONCE = 20;

/** How long nothing is tried at most, while the table cannot be read at all. */
const LONGEST_WAIT = seconds(5);

/** One turn of work: some services, and what is done with them. */
interface Job {
  readonly ids: readonly string[];
  /** They are read first; what differs then, and nobody has asked for, is drift. */
  readonly read: boolean;
  readonly done: () => void;
}

/**
 * Keeps the kernel's table as it should be. What has changed is planned and applied at once, for the services concerned
 * alone, from what is known of the table; what somebody else changes behind our back is found by reading all services
 * again and again, a few at a time. One job at a time, the most urgent first; each takes a few milliseconds at most.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #alarm: Alarm;
  readonly #known: KnownTable;
  readonly #news: TableNews;
  readonly #urgent = new Queue();
  readonly #looks = new Queue();
  readonly #rest = new Queue();
  readonly #refusals = new Refusals();
  readonly delays = new ChangeDelays();
  readonly #rotation: Rotation;
  /** The table was read as a whole since the start, and since the last trouble. */
  #found = false;
  #adopted = false;
  /** Nothing can be read or changed at all, and when it is tried again. */
  #trouble: { readonly why: string; readonly wait: Duration; readonly due: Instant } | null = null;
  #unstored: string | null = null;
  /** Services may have left the configuration since `owned` was cut down to it. */
  #surplus = true;
  /** Nothing is looked at in turn. */
  #resting = false;
  #working = false;
  #loop: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#known = new KnownTable(deps);
    this.#news = new TableNews(deps);
    this.#rotation = new Rotation(deps.interval, deps.clock.now());
    this.#alarm = deps.alarms.alarm(() => this.#kick());
  }

  /** Our services as they were last read, or changed by us since. */
  get actual(): readonly ActualService[] {
    return this.#known.services;
  }

  /** Whether the table could be read the last time. */
  get readable(): boolean {
    return this.#found;
  }

  /** What is wrong right now, one sentence each. */
  get problems(): readonly string[] {
    const whole = [this.#trouble?.why, this.#unstored].filter((why) => why != null);
    return [...whole, ...this.#refusals.problems];
  }

  /** Whether the kernel refuses a service as it should be. */
  refuses(key: ServiceKey): boolean {
    return this.#refusals.has(serviceId(key));
  }

  /**
   * What should be has changed. Resolves when that has been tried; calls that meet share one.
   * @param keys the services concerned; without it any may be, and what left the configuration is removed.
   */
  changed(keys?: Iterable<ServiceKey>): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    const done = keys === undefined ? this.#all() : this.#hasten([...keys].map(serviceId));
    this.#kick();
    return done;
  }

  /** Whether looking at all services in turn waits: something else is under way that is in a hurry, and short. */
  rest(rests: boolean): void {
    this.#resting = rests;
    if (!rests) this.#kick();
  }

  /** Sees to it that what `actual` says of these services (without `keys`: of all) is at most so old. */
  fresh(age: Duration, keys?: Iterable<ServiceKey>): Promise<void> {
    const now = this.#deps.clock.now();
    const asked = keys === undefined ? this.#ours() : [...keys].map(serviceId);
    const ids = asked.filter((id) => this.#known.isOlder(id, age, now));
    if (this.#stopped || ids.length === 0) return Promise.resolve();
    const done = this.#looks.add(ids);
    this.#kick();
    return done;
  }

  /** Ends after the job under way. `clear` removes our services from the table. */
  async stop(mode: 'leave' | 'clear'): Promise<void> {
    this.#stopped = true;
    this.#alarm.close();
    await this.#loop;
    this.#drop();
    if (mode === 'clear') await clearTable(this.#deps);
  }

  #hasten(ids: readonly string[]): Promise<void> {
    this.delays.wanted(ids, this.#deps.clock.now());
    return this.#urgent.add(ids);
  }

  #ours(): string[] {
    return [...new Set([...this.#deps.keys().keys(), ...this.#deps.owned.ids])];
  }

  #all(): Promise<void> {
    this.#surplus = true;
    return this.#rest.add(this.#ours());
  }

  #drop(): void {
    for (const queue of [this.#urgent, this.#looks, this.#rest]) queue.clear();
  }

  #kick(): void {
    if (!this.#working && !this.#stopped) this.#loop = this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    // One turn later, so that verdicts which come in together make one change.
    await Promise.resolve();
    for (let job = this.#next(); job !== null; job = this.#next()) {
      try {
        await this.#settle(job);
      } catch (error) {
        this.#fail(`table: ${error instanceof Error ? error.message : String(error)}`);
      }
      job.done();
      if (this.#stopped) break;
      // Whatever else waits comes in between, also where a job had nothing to wait for.
      if (this.#busy) await new Promise<void>((resolve) => this.#deps.later(resolve));
    }
    if (!this.#stopped) await this.#tidy();
    this.#news.tell(this.problems);
    this.#working = false;
    if (this.#stopped) return;
    if (this.#busy) this.#kick();
    else this.#arm();
  }

  get #busy(): boolean {
    return this.#urgent.busy || this.#looks.busy || this.#rest.busy;
  }

  #arm(): void {
    const wakes = this.#trouble !== null ? [this.#trouble.due] : [this.#refusals.wake, this.#turning];
    const first = wakes.filter((at) => at !== null).sort((a, b) => a - b)[0];
    if (first !== undefined) this.#alarm.set(first);
  }

  /** When the rotation goes on; null where it does not. */
  get #turning(): Instant | null {
    if (this.#resting) return null;
    return this.#deps.keys().size + this.#deps.owned.ids.size > 0 ? this.#rotation.due : null;
  }

  /** The most urgent job; null when there is none now. */
  #next(): Job | null {
    const now = this.#deps.clock.now();
    const from = (queue: Queue, most: number, read: boolean): Job | null =>
      queue.busy ? { ids: queue.take(most), read, done: () => queue.settled() } : null;
    const asked =
      from(this.#urgent, AT_ONCE, false) ?? from(this.#looks, LOOK_AT_ONCE, true) ?? from(this.#rest, AT_ONCE, false);
    if (asked !== null) return asked;
    const alone = (ids: readonly string[]): Job => ({ ids, read: true, done: () => {} });
    if (this.#trouble !== null) return this.#trouble.due <= now ? alone([]) : null;
    const again = this.#refusals.due(now, LOOK_AT_ONCE);
    if (again.length > 0) return alone(again);
    if (this.#turning === null || this.#turning > now) return null;
    return alone(
      this.#rotation.take(
        now,
        () => this.#ours(),
        (id) => this.#known.rows(id),
      ),
    );
  }

  async #settle({ ids, read }: Job): Promise<void> {
    // No service is wanted and none is ours: the table is not our business. A host that only shares addresses need not
    // have IPVS in its kernel, and asking for it would load the module.
    if (this.#deps.keys().size + this.#deps.owned.ids.size === 0) {
      // Nor is what was wrong with it: it would be due, and tried again, for ever.
      this.#trouble = null;
      this.#refusals.clear();
      return;
    }
    if (!this.#found) {
      const failure = await this.#find();
      if (failure !== null) {
        this.#fail(formatFailure(failure));
        return;
      }
    } else {
      // A service that is new in the file may stand in the table already.
      const failure = await this.#known.read(read ? ids : ids.filter((id) => !this.#known.has(id)));
      if (failure !== null) {
        this.#fail(formatFailure(failure));
        return;
      }
    }
    await this.#put(ids, read);
    this.delays.forget(ids.filter((id) => !this.#urgent.has(id)));
  }

  /** Brings these services to what they should be, given what is known of them. */
  async #put(ids: readonly string[], read: boolean): Promise<void> {
    const { table, clock, owned } = this.#deps;
    // Both in one turn: a change that comes in later is for the job that it asks for.
    const desired = new Map(this.#deps.desired(ids).map((service) => [serviceId(service.key), service]));
    const now = clock.now();
    const byService = new Map<string, readonly TableChange[]>();
    for (const id of ids) {
      const changes = this.#known.plan(id, desired.get(id));
      if (changes.length === 0) this.#refusals.forget(id);
      else if (!this.#refusals.forbids(id, changes, now)) byService.set(id, changes);
    }
    if (byService.size === 0) return;
    if ([...byService.keys()].some((id) => !owned.ids.has(id))) await this.#own(this.#ours());
    const drift = read && this.#news.isWell && ![...byService.keys()].some((id) => this.#awaited(id));
    const changes = [...byService.values()].flat();
    this.delays.made(byService.keys(), clock.now());
    const failures = await table.apply(changes);
    this.#news.changed(changes, failures, drift);
    if (drift) this.#rotation.hurry(clock.now());
    await this.#followed(byService, failures);
  }

  /** Somebody has asked for a change of it, or the kernel did not take it as it should be. */
  #awaited(id: string): boolean {
    return this.#urgent.has(id) || this.#rest.has(id) || this.#refusals.has(id);
  }

  /** What was taken is known; of a service that had something refused, what stands is read. */
  async #followed(
    byService: ReadonlyMap<string, readonly TableChange[]>,
    failures: readonly (Failure | null)[],
  ): Promise<void> {
    const refused: string[] = [];
    let at = 0;
    for (const [id, changes] of byService) {
      const failed = failures.slice(at, at + changes.length).filter((failure) => failure !== null);
      at += changes.length;
      const [{ service: key }] = changes as [TableChange];
      if (failed.length === 0) {
        this.#refusals.forget(id);
        this.#known.took(id, key, changes);
      } else {
        refused.push(id);
        this.#refusals.add(id, changes, failed, this.#deps.clock.now());
      }
    }
    const failure = refused.length === 0 ? null : await this.#known.read(refused);
    if (failure !== null) this.#fail(formatFailure(failure));
  }

  /** Reads the whole table: the first time, and after it could not be read. */
  async #find(): Promise<Failure | null> {
    const found = await this.#known.readAll();
    if ('code' in found) return found;
    if (!this.#adopted) this.#deps.adopt(found);
    this.#adopted = true;
    this.#found = true;
    this.#trouble = null;
    this.#refusals.clear();
    void this.#all();
    return null;
  }

  /** Nothing goes at all: what waits has been tried, and all of it is looked at when something goes again. */
  #fail(why: string): void {
    this.#found = false;
    const wait = nextWait(this.#trouble?.wait ?? null, LONGEST_WAIT);
    this.#trouble = { why, wait, due: after(this.#deps.clock.now(), wait) };
    this.#drop();
  }

  /** What left the configuration and the table is not ours any more; and what could not be stored is tried again. */
  async #tidy(): Promise<void> {
    if (this.#unstored !== null) await this.#own(this.#deps.owned.ids);
    if (!this.#surplus || !this.#found || this.#refusals.size > 0 || this.#rest.busy) return;
    this.#surplus = false;
    const keys = this.#deps.keys();
    await this.#own(this.#ours().filter((id) => keys.has(id) || this.#known.has(id)));
  }

  async #own(ids: Iterable<string>): Promise<void> {
    this.#unstored = null;
    await this.#deps.owned.set(new Set(ids)).catch((error: Error) => {
      this.#unstored = `the list of our services cannot be stored: ${error.message}`;
    });
  }
}
