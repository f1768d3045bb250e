import { type HealthState, judge, type Thresholds, UNKNOWN } from '../core/health/rise-fall.js';
import { same } from '../core/reload/differences.js';
import {
  firstRun,
  type ScriptAction,
  type ScriptEvent,
  type ScriptRun,
  type ScriptTiming,
  stepScript,
  wakeOf,
} from '../core/script/run.js';
import { describeEnd, type ScriptEnd, succeeded } from '../core/script/verdict.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { type Duration, seconds } from '../values/time.js';
import { unreachable } from '../values/unreachable.js';
import type { ScriptCommand, ScriptHandle, StartScript } from './script-process.js';

/** One track script as configured. */
export interface ScriptSettings extends ScriptCommand, Thresholds {
  readonly name: string;
  readonly interval: Duration;
  readonly timeout: Duration;
}

export interface ScriptsDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly start: StartScript;
  /** A verdict changed, or came in for the first time. */
  readonly verdict: (name: string, up: boolean, reason: string | null) => void;
  /** Calls back on a later turn of the loop, after what waits in sockets and pipes was read. */
  readonly later: (call: () => void) => void;
}

/** From SIGTERM to SIGKILL. */
const GRACE = seconds(1);

/** Runs the track scripts and judges how they end. */
export class Scripts {
  readonly #deps: ScriptsDeps;
  #scripts: readonly Script[];

  constructor(settings: readonly ScriptSettings[], deps: ScriptsDeps) {
    this.#deps = deps;
    this.#scripts = settings.map((s) => new Script(s, deps));
  }

  /**
   * Goes on with other scripts. One that is configured as before keeps its runs, counts and timers; one that is configured
   * otherwise begins anew and keeps its verdict until its first result.
   */
  follow(settings: readonly ScriptSettings[]): void {
    const former = new Map(this.#scripts.map((script) => [script.settings.name, script]));
    const fresh: Script[] = [];
    this.#scripts = settings.map((wanted) => {
      const known = former.get(wanted.name);
      if (known !== undefined && same(known.settings, wanted)) {
        former.delete(wanted.name);
        return known;
      }
      const script = new Script(wanted, this.#deps, known?.verdict);
      fresh.push(script);
      return script;
    });
    for (const script of former.values()) script.stop();
    for (const script of fresh) script.tick();
  }

  /** Starts all of them at once: the router waits for their verdicts. */
  start(): void {
    for (const script of this.#scripts) script.tick();
  }

  /** Scripts that could not be run, one sentence each. */
  problems(): string[] {
    return this.#scripts.flatMap((s) => (s.problem === null ? [] : [s.problem]));
  }

  /** Kills what runs. */
  stop(): void {
    for (const script of this.#scripts) script.stop();
  }
}

class Script {
  readonly settings: ScriptSettings;
  readonly #timing: ScriptTiming;
  readonly #deps: ScriptsDeps;
  readonly #alarm: Alarm;
  #run: ScriptRun;
  #health: HealthState = UNKNOWN;
  /** What was told of it last, by it or by the one that it follows. */
  verdict: HealthState['verdict'];
  #handle: ScriptHandle | null = null;
  #stopped = false;
  problem: string | null = null;

  constructor(settings: ScriptSettings, deps: ScriptsDeps, verdict: HealthState['verdict'] = 'unknown') {
    this.settings = settings;
    this.verdict = verdict;
    this.#timing = { interval: settings.interval, timeout: settings.timeout, grace: GRACE };
    this.#deps = deps;
    this.#run = firstRun(deps.clock.now());
    // Later: where this process was stalled, the end of the script is known before its timeout is.
    this.#alarm = deps.alarms.alarm(() => deps.later(() => this.tick()));
  }

  tick(): void {
    this.#step({ kind: 'tick' });
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.close();
    if (this.#run.kind !== 'idle') this.#handle?.kill();
  }

  #step(event: ScriptEvent): void {
    if (this.#stopped) return;
    const { run, actions } = stepScript(this.#run, event, this.#timing, this.#deps.clock.now());
    this.#run = run;
    for (const action of actions) this.#act(action);
    this.#alarm.set(wakeOf(this.#run));
  }

  #act(action: ScriptAction): void {
    switch (action.kind) {
      case 'start':
        this.#handle = this.#deps.start(this.settings, (end) => this.#step({ kind: 'ended', end }));
        return;
      case 'terminate':
        this.#handle?.terminate();
        return;
      case 'kill':
        this.#handle?.kill();
        return;
      case 'stuck':
        this.#judge({ kind: 'stuck', pid: this.#handle?.pid ?? null });
        return;
      case 'verdict':
        this.#judge(action.end);
        return;
      default:
        unreachable(action);
    }
  }

  #judge(end: ScriptEnd): void {
    const { name } = this.settings;
    const ok = succeeded(end);
    const reason = ok ? null : describeEnd(end, this.#handle?.output() ?? '');
    this.problem = end.kind === 'refused' || end.kind === 'stuck' ? `script ${name}: ${reason}` : null;
    this.#health = judge(this.#health, ok, this.settings);
    if (this.#health.verdict === this.verdict) return;
    this.verdict = this.#health.verdict;
    this.#deps.verdict(name, this.verdict === 'up', reason);
  }
}
