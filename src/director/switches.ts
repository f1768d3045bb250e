import {
  planSwitches,
  SWITCHES,
  type SwitchName,
  type SwitchReading,
  type SwitchValues,
  type SwitchWrite,
} from '../core/ipvs/switches.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { KernelSwitches } from '../ports/switches.js';
import type { Log } from '../values/log.js';
import { after, seconds } from '../values/time.js';
import { RememberedFile, type RememberedKind } from './remembered-file.js';
import type { StateStore } from './state-files.js';

export interface SwitchesDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly switches: KernelSwitches;
  readonly store: StateStore;
  /** What they should be now; nothing where there is no service, or hands are to be kept off. */
  readonly wanted: () => SwitchValues;
  /** Whether the kernel has an IPVS table: where it has not, that is told already. */
  readonly readable: () => boolean;
  /** Something for `directorctl events`. */
  readonly happened: (name: string, what: 'repaired', reason: string) => void;
}

/** Where they are remembered. */
const KIND: RememberedKind<SwitchName> = { file: 'switches.json', what: 'switches', names: SWITCHES };
/** How often they are compared with what they should be. */
const INTERVAL = seconds(2);

/** Sets the kernel's switches that a drain needs, keeps them so, and puts them back. */
export class Switches {
  readonly #deps: SwitchesDeps;
  readonly #alarm: Alarm;
  #memory: RememberedFile<SwitchName> | null = null;
  #reading: SwitchReading | null = null;
  #problem: string | null = null;
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: SwitchesDeps) {
    this.#deps = deps;
    this.#alarm = deps.alarms.alarm(() => void this.look());
  }

  /** Whether persistence templates lead clients to a drained server: so long as the switch is not seen to be on. */
  get templatesLead(): boolean {
    return (this.#reading?.expire_quiescent_template ?? 0) === 0;
  }

  /** What is wrong right now, one sentence. */
  problems(): readonly string[] {
    return this.#problem === null ? [] : [this.#problem];
  }

  /** Compares them once now, and from then on every two seconds. */
  look(): Promise<void> {
    if (this.#stopped) return this.#turn;
    return this.#run(async () => {
      await this.#compare(this.#deps.wanted());
      if (!this.#stopped) this.#alarm.set(after(this.#deps.clock.now(), INTERVAL));
    });
  }

  /** No more looks. `clear` puts them back; with `leave` the table lives on, and needs them: they stay, remembered. */
  stop(table: 'leave' | 'clear'): Promise<void> {
    this.#stopped = true;
    this.#alarm.close();
    return this.#run(async () => {
      if (table === 'clear') await this.#compare({});
    });
  }

  /** One after the other; never throws. */
  #run(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: Error) => {
      this.#deps.log.error({ why: error.message }, `kernel switches: ${error.message}`);
    });
    return this.#turn;
  }

  async #compare(wanted: SwitchValues): Promise<void> {
    const { switches, store, log } = this.#deps;
    this.#memory ??= await RememberedFile.load(store, KIND, await switches.identity(), log);
    const memory = this.#memory;
    // Nothing is wanted, nothing is ours: not our business.
    if (memory.entries.size === 0 && Object.keys(wanted).length === 0) {
      this.#reading = null;
      return this.#tell(null);
    }
    const actual = await switches.read();
    if ('code' in actual) return this.#tell(`kernel switch ${actual.detail} cannot be read: ${actual.code}`);
    this.#reading = actual;
    const known = memory.entries;
    const plan = planSwitches(wanted, actual, known);
    const unstored = await memory.set(plan.before);
    if (unstored !== null) {
      return this.#tell(
        `the kernel's switches for drains are not set: what they were cannot be stored in ${store.place}: ${unstored}`,
      );
    }
    const refused: (SwitchWrite & { readonly code: string })[] = [];
    for (const write of plan.writes) {
      const failure = await switches.write(write.name, write.value);
      if (failure === null) this.#done(write);
      else refused.push({ ...write, code: failure.code });
    }
    // What was refused was not done: known as it was before.
    const settled = new Map(plan.after);
    for (const { name } of refused) {
      const entry = known.get(name);
      if (entry === undefined) settled.delete(name);
      else settled.set(name, entry);
    }
    await memory.set(settled);
    this.#tell(this.#missing(wanted, actual) ?? cannot(refused));
  }

  #done({ name, value, was, kind }: SwitchWrite): void {
    if (this.#reading !== null) this.#reading = { ...this.#reading, [name]: value };
    const what = `net.ipv4.vs.${name}`;
    const { log } = this.#deps;
    if (kind === 'repair') {
      log.warn({ switch: what, was, value }, `kernel switch ${what} repaired: was ${was}, is ${value} again`);
      this.#deps.happened(what, 'repaired', `was ${was}, is ${value} again`);
    } else {
      const how = kind === 'set' ? 'set' : 'put back';
      log.info({ switch: what, was, value }, `kernel switch ${what} ${how}: was ${was}, is ${value}`);
    }
  }

  #missing(wanted: SwitchValues, actual: SwitchReading): string | null {
    const names = SWITCHES.filter((name) => wanted[name] !== undefined && actual[name] === null);
    // No module, no switches: the table says so.
    if (names.length === 0 || (names.length === SWITCHES.length && !this.#deps.readable())) return null;
    return `${names.map(path).join(', ')}: not in this kernel or container, so ${CONSEQUENCE}; ipvs.switches: { manage: false } accepts that`;
  }

  #tell(problem: string | null): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem === null) this.#deps.log.info({}, 'kernel switches for drains are as they should be');
    else this.#deps.log.error({}, problem);
  }
}

const CONSEQUENCE = 'a drained server may still get connections of clients that it knows';

const path = (name: SwitchName): string => `net.ipv4.vs.${name}`;

function cannot(refused: readonly (SwitchWrite & { readonly code: string })[]): string | null {
  const [first] = refused;
  if (first === undefined) return null;
  const list = refused.map(({ name, was, value }) => `${path(name)} is ${was}, not ${value}`).join(', ');
  const remedy = `let directord write /proc/sys/net/ipv4/vs, or set them by sysctl, or say ipvs.switches: { manage: false }`;
  return `the kernel's switches for drains cannot be set (${first.code}): ${list}, so ${CONSEQUENCE}; ${remedy}`;
}
