import { planValues } from '../core/ipvs/remembered.js';
import { TIMEOUTS, type TimeoutName } from '../core/ipvs/timeouts.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { IpvsTimeouts } from '../ports/ipvs-timeouts.js';
import { formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { after, seconds } from '../values/time.js';
import { RememberedFile, type RememberedKind } from './remembered-file.js';
import type { StateStore } from './state-files.js';

export interface TimeoutsDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly timeouts: IpvsTimeouts;
  readonly store: StateStore;
  /** What tells this kernel, since its start, and this network namespace from others. */
  readonly identity: () => Promise<string>;
  /** What they should be now, in seconds; what is left out is nobody's business here. */
  readonly wanted: () => Readonly<Partial<Record<TimeoutName, number>>>;
  /** Something for `directorctl events`. */
  readonly happened: (name: string, what: 'repaired', reason: string) => void;
}

const KIND: RememberedKind<TimeoutName> = { file: 'timeouts.json', what: 'timeouts', names: TIMEOUTS };
/** How often they are compared with what they should be. */
const INTERVAL = seconds(2);

/** Sets the kernel's timeouts of connections that the file names, keeps them so, and puts them back. */
export class TimeoutsKeeper {
  readonly #deps: TimeoutsDeps;
  readonly #alarm: Alarm;
  #memory: RememberedFile<TimeoutName> | null = null;
  #problem: string | null = null;
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: TimeoutsDeps) {
    this.#deps = deps;
    this.#alarm = deps.alarms.alarm(() => void this.look());
  }

  /** What is wrong right now, one sentence. */
  problems(): readonly string[] {
    return this.#problem === null ? [] : [this.#problem];
  }

  /** Compares them once now, and from then on every two seconds. */
  look(): Promise<void> {
    if (this.#stopped) return this.#turn;
    return this.#run(async () => {
      this.#tell(await this.#compare(this.#deps.wanted()));
      if (!this.#stopped) this.#alarm.set(after(this.#deps.clock.now(), INTERVAL));
    });
  }

  /** No more looks. `clear` puts them back; with `leave` the table lives on with them: they stay, remembered. */
  stop(table: 'leave' | 'clear'): Promise<void> {
    this.#stopped = true;
    this.#alarm.close();
    return this.#run(async () => {
      if (table === 'clear') this.#tell(await this.#compare({}));
    });
  }

  /** One after the other; never throws. */
  #run(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: Error) => {
      this.#deps.log.error({ why: error.message }, `kernel timeouts: ${error.message}`);
    });
    return this.#turn;
  }

  /** @returns what is wrong, or null. */
  async #compare(wanted: Readonly<Partial<Record<TimeoutName, number>>>): Promise<string | null> {
    const { timeouts, store, log, identity } = this.#deps;
    this.#memory ??= await RememberedFile.load(store, KIND, await identity(), log);
    const memory = this.#memory;
    // Nothing is wanted, nothing is ours: the kernel is not even asked.
    if (memory.entries.size === 0 && Object.keys(wanted).length === 0) return null;
    const actual = await timeouts.read();
    if ('code' in actual) return `the kernel's timeouts cannot be read: ${formatFailure(actual)}`;
    const plan = planValues(TIMEOUTS, wanted, actual, memory.entries);
    const unstored = await memory.set(plan.before);
    if (unstored !== null) {
      return `the kernel's timeouts are not set: what they were cannot be stored in ${store.place}: ${unstored}`;
    }
    if (plan.writes.length > 0) {
      const failure = await timeouts.write(Object.fromEntries(plan.writes.map(({ name, value }) => [name, value])));
      if (failure !== null) return `the kernel's timeouts cannot be set: ${formatFailure(failure)}`;
      for (const { name, value, was, kind } of plan.writes) {
        const said = `was ${was}s, is ${value}s${kind === 'repair' ? ' again' : ''}`;
        const how = kind === 'repair' ? 'repaired' : kind === 'set' ? 'set' : 'put back';
        log[kind === 'repair' ? 'warn' : 'info'](
          { timeout: name, was, value },
          `kernel timeout ${name} ${how}: ${said}`,
        );
        if (kind === 'repair') this.#deps.happened(name, 'repaired', said);
      }
    }
    await memory.set(plan.after);
    const missing = TIMEOUTS.filter((name) => wanted[name] !== undefined && actual[name] === null);
    return missing.length === 0 ? null : `this kernel has no timeout ${missing.join(', ')}: ipvs.timeouts asks for it`;
  }

  #tell(problem: string | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem === null) this.#deps.log.info({}, 'kernel timeouts are as they should be');
    else this.#deps.log.error({}, problem);
  }
}
