import { assembled, type Kept } from '../config/assembled.js';
import { formatProblem, type Problem } from '../config/problem.js';
import { sayer } from '../config/say.js';
import type { Config } from '../config/schema.js';
import type { Outcome, Refused, ReloadProblem, ReloadReport } from '../control/service.js';
import type { ActualService } from '../core/ipvs/table.js';
import { same } from '../core/reload/differences.js';
import { formatLine, type PlanLine, summarize } from '../core/reload/line.js';
import type { Channel, PackedPart, ToDirector, ToRouter } from '../ports/channel.js';
import type { Alarms, Clock } from '../ports/clock.js';
import type { Log } from '../values/log.js';
import { after, seconds } from '../values/time.js';
import type { Happening } from './events.js';
import { reshape } from './reload-model.js';
import { reloadPlan, type Shaped } from './reload-plan.js';
import { rehearseReload } from './reload-rehearsal.js';
import { messageOf } from './stored.js';

/** A file as it was read for a reload. */
export type ReadFile =
  | {
      readonly ok: true;
      /** Without the services that are in the former file, in the same words. */
      readonly config: Config;
      /** Where each service comes from. */
      readonly kept: Kept;
      /** The names of the keys that are durations. */
      readonly durations: readonly string[];
      readonly warnings: readonly Problem[];
      /** What the router needs of it. */
      readonly part: PackedPart;
      /** All of it, with its text, for directors to come. */
      readonly blob: Uint8Array;
      /** The router's part is the same as before. */
      readonly aside: boolean;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What a reload needs of this system. */
export interface ReloadSystem {
  /** The file that the service was started with. */
  readonly file: string;
  /** Reads and validates it, away from this process's loop. @throws when it cannot be tried. */
  readonly read: () => Promise<ReadFile>;
  /** It runs now: what is read next is compared with it. */
  readonly accepted: (blob: Uint8Array) => void;
  /** Keeps the file for the next start, as what runs. @returns what puts the former one back. */
  readonly keep: (blob: Uint8Array) => Promise<() => Promise<void>>;
  /** What this process besides the director has to follow: the log's level. */
  readonly applied: (config: Config) => void;
}

export interface ReloadDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly wall: () => string;
  readonly channel: Channel<ToRouter, ToDirector>;
  readonly system: ReloadSystem;
  /** What runs now. */
  readonly running: () => Shaped;
  /** What people should know of a server that is new in another configuration, by its row. */
  readonly notes: (next: Shaped) => (row: string) => string | null;
  /** Overrides of servers whose service moves go along. @returns what is called when it is over. @throws when it cannot be stored. */
  readonly carry: (next: Shaped) => Promise<(moved: boolean) => Promise<unknown>>;
  /** The instances that are master here, by name. */
  readonly masters: () => ReadonlySet<string>;
  /** One is under way: what can wait does. */
  readonly underWay: (is: boolean) => void;
  /** What stands in the kernel of the services that are new in another configuration. */
  readonly look: (next: Shaped) => Promise<readonly ActualService[]>;
  /** Goes on with another configuration, at once. */
  readonly follow: (next: Shaped, found: readonly ActualService[]) => void;
  /** Goes on with services that are the same, as it would with others. */
  readonly rehearse: (next: Shaped) => void;
  /** Resolves when the kernel's table was compared with what it should be now. @returns what is wrong with it. */
  readonly settled: () => Promise<readonly string[]>;
  readonly happened: (happening: Happening) => void;
}

/** A client is told that it takes longer than this; the reload goes on. */
const ANSWER_WITHIN = seconds(30);
/** So many changes are logged one by one. */
const LOGGED = 100;

/** `directorctl reload` and SIGHUP: the file's difference is applied, by router and director, or nothing. */
export class Reload {
  readonly #deps: ReloadDeps;
  #busy = false;
  /** SIGHUP came while a reload was under way: the file may be another one since it was read. */
  #again = false;
  #id = 0;
  #asked: { readonly id: number; readonly answer: (refused: string | null) => void } | null = null;

  constructor(deps: ReloadDeps) {
    this.#deps = deps;
  }

  /** SIGHUP. What comes of it is in the log. */
  hangup(): void {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    void this.run(false, () => {});
  }

  /** Makes the first reload as quick as those that follow it. Nothing changes by it. */
  rehearse(): void {
    const { running, rehearse } = this.#deps;
    if (!this.#busy) rehearseReload(running, rehearse);
  }

  /** The router's answer; `refused` says why. */
  answered(id: number, refused: string | null): void {
    if (this.#asked?.id === id) this.#asked.answer(refused);
  }

  /** @param problem gets each thing that is wrong with the file. Never rejects. */
  async run(dryRun: boolean, problem: (each: ReloadProblem) => void): Promise<Outcome<ReloadReport>> {
    if (this.#busy) return refuse('busy', 'a reload is under way: nothing was done; try again when it has ended');
    this.#busy = true;
    this.#deps.underWay(true);
    const work = this.#work(dryRun, problem)
      .catch((error: unknown) => refuse('reload', `nothing was changed: ${messageOf(error)}`))
      .then((outcome) => this.#over(dryRun, outcome));
    return this.#bounded(work);
  }

  #over(dryRun: boolean, outcome: Outcome<ReloadReport>): Outcome<ReloadReport> {
    this.#busy = false;
    this.#deps.underWay(false);
    if (!dryRun) this.#tell(outcome);
    if (this.#again) {
      this.#again = false;
      this.hangup();
    }
    return outcome;
  }

  async #work(dryRun: boolean, problem: (each: ReloadProblem) => void): Promise<Outcome<ReloadReport>> {
    const before = this.#deps.running();
    const { system, log } = this.#deps;
    const read = await system.read();
    if (!read.ok) {
      for (const each of read.problems) {
        if (!dryRun) log.error({ ...each }, formatProblem(each));
        problem({ ...each, text: formatProblem(each) });
      }
      const many = `${read.problems.length} problem${read.problems.length === 1 ? '' : 's'}`;
      return refuse('invalid', `nothing was changed: ${system.file} has ${many}${first(read.problems)}`);
    }
    const next = reshape(before, assembled(before.config, read.config, read.kept));
    const say = sayer(new Set(read.durations));
    const { fixed, lines } = reloadPlan(before, next, say, this.#deps.masters(), this.#deps.notes(next));
    if (fixed.length > 0) {
      return refuse('restart', `nothing was changed: restart needed for ${fixed.join(', ')}`);
    }
    const warnings = read.warnings.map(formatProblem);
    if (dryRun || lines.length === 0) return done(report(lines, false, warnings, []));
    const carried = await this.#deps.carry(next);
    // The next start looks for what this router has put into the kernel: where that stays as it is, there is no hurry.
    const early = !same(before.config.vrrp, next.config.vrrp);
    const undo = early ? await this.#keep(read.blob) : async () => {};
    const found = await this.#deps.look(next);
    let moved = false;
    const refused = await this.#ask(read, () => {
      system.accepted(read.blob);
      this.#deps.follow(next, found);
      moved = true;
    }).finally(() => carried(moved));
    if (refused !== null) {
      await undo();
      return refuse('router', `nothing was changed: ${refused}`);
    }
    for (const warning of warnings) log.warn({}, warning);
    const problems = await this.#deps.settled();
    if (!early) await this.#keep(read.blob);
    return done(report(lines, true, warnings, problems));
  }

  /** A state directory that cannot be written costs a later start something, not this reload. */
  async #keep(blob: Uint8Array): Promise<() => Promise<void>> {
    const warn = (error: unknown): void =>
      this.#deps.log.warn({ why: messageOf(error) }, `the file cannot be kept for the next start: ${messageOf(error)}`);
    try {
      const undo = await this.#deps.system.keep(blob);
      return () => undo().catch(warn);
    } catch (error) {
      warn(error);
      return async () => {};
    }
  }

  /**
   * The router goes first. What it accepts is followed here in the turn that its answer comes in: what it says then is said
   * of the new file. Where its part is the same it has only to keep the blob, and nobody waits for that.
   */
  #ask({ part, blob, aside }: ReadFile & { ok: true }, accepted: () => void): Promise<string | null> {
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve, reject) => {
      const answer = (refused: string | null): void => {
        this.#asked = null;
        try {
          if (refused === null) accepted();
          resolve(refused);
        } catch (error) {
          reject(error);
        }
      };
      this.#asked = { id, answer };
      if (!this.#deps.channel.send({ kind: 'reload', id, part, blob })) {
        answer('the router process does not read: try again in a moment');
      } else if (aside) answer(null);
    });
  }

  #bounded(work: Promise<Outcome<ReloadReport>>): Promise<Outcome<ReloadReport>> {
    const { alarms, clock } = this.#deps;
    return new Promise((resolve) => {
      const bound = alarms.alarm(() =>
        resolve(refuse('busy', 'the reload is not over yet and goes on: see the log and directorctl status')),
      );
      bound.set(after(clock.now(), ANSWER_WITHIN));
      void work.then((outcome) => {
        bound.close();
        resolve(outcome);
      });
    });
  }

  /** Into the log and the events. */
  #tell(outcome: Outcome<ReloadReport>): void {
    const { log, system, happened, wall } = this.#deps;
    const event = { time: wall(), subject: 'config', name: system.file };
    if (!outcome.ok) {
      log.error({ code: outcome.code }, `reload of ${system.file} refused: ${outcome.message}`);
      happened({ ...event, what: 'refused', reason: outcome.message });
      return;
    }
    const { changes, summary } = outcome.value;
    log.info({ changes: changes.length }, `reload of ${system.file}: ${summary}`);
    for (const { text } of changes.slice(0, LOGGED)) log.info({}, `reload: ${text}`);
    if (changes.length > LOGGED) log.info({}, `reload: and ${changes.length - LOGGED} more changes`);
    if (changes.length > 0) happened({ ...event, what: 'reloaded', reason: summary });
  }
}

const report = (
  lines: readonly PlanLine[],
  applied: boolean,
  warnings: readonly string[],
  problems: readonly string[],
): ReloadReport => ({
  applied,
  summary: summarize(lines),
  changes: lines.map((line) => ({ ...line, text: formatLine(line) })),
  warnings,
  problems,
});

const first = (problems: readonly Problem[]): string =>
  problems[0] ? `; the first: ${formatProblem(problems[0])}` : '';

const done = (value: ReloadReport): Outcome<ReloadReport> => ({ ok: true, value });

const refuse = (code: string, message: string): Refused => ({ ok: false, code, message });
