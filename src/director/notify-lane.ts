import { type Facts, notifyEnvironment } from '../core/notify/environment.js';
import { commandArguments, type QuorumState, type Transition } from '../core/notify/transition.js';
import type { LeftProcess } from '../ports/channel.js';
import type { Log } from '../values/log.js';
import { after, between, type Duration, type Instant, millis, seconds, toMillis } from '../values/time.js';
import { NotifyRun, type NotifyRunDeps } from './notify-run.js';
import type { ScriptCommand } from './script-process.js';

/** The commands of one instance or group, as configured. */
export interface NotifySettings {
  readonly master: ScriptCommand['command'] | null;
  readonly backup: ScriptCommand['command'] | null;
  readonly fault: ScriptCommand['command'] | null;
  readonly stop: ScriptCommand['command'] | null;
  /** Runs after the one for the state, with keepalived's arguments appended. */
  readonly any: ScriptCommand['command'] | null;
  readonly timeout: Duration;
  readonly user: string | null;
}

/** The commands of a balanced service, each with settings of its own. */
export interface QuorumSettings extends Readonly<Record<QuorumState, LaneCommand | null>> {
  readonly kind: 'quorum';
}

export interface LaneCommand {
  readonly command: ScriptCommand['command'];
  readonly timeout: Duration;
  readonly user: string | null;
}

/** What runs for a transition, one after the other, by the keys under which it stands in the file. */
function commandsFor(
  settings: NotifySettings | QuorumSettings,
  transition: Transition,
): readonly (LaneCommand & { readonly key: string })[] {
  const { to } = transition;
  if ('kind' in settings) {
    const one = to === 'up' || to === 'down' ? settings[to] : null;
    return one === null ? [] : [{ ...one, key: 'quorum' }];
  }
  if (to === 'up' || to === 'down') return [];
  const { [to]: own, any, timeout, user } = settings;
  return [
    ...(own === null ? [] : [{ command: own, timeout, user, key: to }]),
    ...(any === null
      ? []
      : [{ command: [...any, ...commandArguments(transition)] as const, timeout, user, key: 'any' }]),
  ];
}

export interface NotifyLaneDeps extends Omit<NotifyRunDeps, 'telling'> {
  readonly log: Log;
  /** Ends what a director before us has started and is still there. @returns whether there was something to end. */
  readonly endLeft: (left: LeftProcess) => Promise<boolean>;
  readonly telling: (sequence: number, process: LeftProcess) => void;
  /** All commands of a transition have ended. */
  readonly told: (sequence: number) => void;
  /** A command failed; readable. */
  readonly failed: (reason: string) => void;
}

/** The service stops: what runs has this long, and the commands for the stop what is left of the other. */
const RUNNING_WITHIN = seconds(2);
const STOP_WITHIN = seconds(4);

interface Task {
  readonly transition: Transition;
  readonly left: LeftProcess | null;
}

/** The commands of one instance, group or service: in order, one at a time. */
export class NotifyLane {
  #settings: NotifySettings | QuorumSettings;
  #facts: Facts;
  readonly #deps: NotifyLaneDeps;
  #tasks: readonly Task[] = [];
  #busy = false;
  #run: NotifyRun | null = null;
  #endBy: Instant | null = null;
  #stopped = false;

  constructor(settings: NotifySettings | QuorumSettings, facts: Facts, deps: NotifyLaneDeps) {
    this.#settings = settings;
    this.#facts = facts;
    this.#deps = deps;
  }

  /** To be told after all that came before. */
  take(transition: Transition, left: LeftProcess | null): void {
    this.#tasks = [...this.#tasks, { transition, left }];
    if (transition.to === 'stop') {
      const now = this.#deps.clock.now();
      this.#endBy = after(now, STOP_WITHIN);
      this.#run?.hurry(after(now, RUNNING_WITHIN));
    }
    if (!this.#busy) void this.#work();
  }

  /** Goes on with other commands: what runs ends as it is. */
  follow(settings: NotifySettings | QuorumSettings, facts: Facts = this.#facts): void {
    this.#settings = settings;
    this.#facts = facts;
  }

  /** What the commands after this are told besides the state. */
  facts(facts: Facts): void {
    this.#facts = facts;
  }

  get idle(): boolean {
    return !this.#busy;
  }

  /** Ends what runs; nothing runs any more. */
  stop(): void {
    this.#stopped = true;
    this.#tasks = [];
    this.#run?.cancel();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (let task = this.#tasks[0]; task !== undefined && !this.#stopped; task = this.#tasks[0]) {
      this.#tasks = this.#tasks.slice(1);
      if (task.left !== null) await this.#end(task.left, task.transition);
      await this.#tell(task.transition);
      if (!this.#stopped) this.#deps.told(task.transition.sequence);
    }
    this.#busy = false;
  }

  async #end(left: LeftProcess, { name, to }: Transition): Promise<void> {
    if (!(await this.#deps.endLeft(left))) return;
    const fields = { notify: name, to, command: left.pid };
    this.#deps.log.warn(
      fields,
      `${name}: a director before this one left a command for ${to} running: ended, run again`,
    );
  }

  async #tell(transition: Transition): Promise<void> {
    for (const { key, ...what } of commandsFor(this.#settings, transition)) await this.#start(what, key, transition);
  }

  #start({ command, timeout, user }: LaneCommand, key: string, transition: Transition): Promise<void> {
    const { clock, log, failed } = this.#deps;
    const begin = clock.now();
    const left = this.#endBy === null ? timeout : between(begin, this.#endBy);
    const what = `notify ${key} command ${command[0]} for ${transition.to}`;
    if (this.#stopped) return Promise.resolve();
    if (left < millis(10)) {
      failed(`${what} was not run: the service stops, and ${toMillis(STOP_WITHIN) / 1_000} s are over`);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#run = new NotifyRun(
        { command, user, environment: notifyEnvironment(transition, this.#facts) },
        Math.min(timeout, left) as Duration,
        { ...this.#deps, telling: (process) => this.#deps.telling(transition.sequence, process) },
        (failure) => {
          this.#run = null;
          const fields = { notify: transition.name, to: transition.to, key, ms: toMillis(between(begin, clock.now())) };
          if (failure === null) log.debug(fields, `${transition.name}: ${what} succeeded`);
          else failed(`${what}: ${failure}`);
          resolve();
        },
      );
    });
  }
}
