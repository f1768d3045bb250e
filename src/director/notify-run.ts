import { describeEnd, type ScriptEnd, succeeded } from '../core/script/verdict.js';
import type { LeftProcess } from '../ports/channel.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { after, between, type Duration, type Instant, millis } from '../values/time.js';
import type { ScriptCommand, ScriptHandle, StartScript } from './script-process.js';

export interface NotifyRunDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly start: StartScript;
  /** Calls back on a later turn of the loop, after what waits in sockets and pipes was read. */
  readonly later: (call: () => void) => void;
  /** The start time of a process, as {@link LeftProcess} has it; null when there is no such process. */
  readonly bornOf: (pid: number) => string | null;
  readonly telling: (process: LeftProcess) => void;
}

/** From SIGTERM to SIGKILL, and from that to giving a process up that cannot be killed. */
const GRACE = millis(400);

/** One run of one command: bounded, and over once, whatever the command does. */
export class NotifyRun {
  readonly #deps: NotifyRunDeps;
  readonly #begin: Instant;
  readonly #over: (failure: string | null) => void;
  readonly #alarm: Alarm;
  readonly #handle: ScriptHandle;
  #deadline: Instant;
  #phase: 'running' | 'terminating' | 'killed' | 'over' = 'running';
  #failure: string | null = null;

  /** @param over called once, with why it failed or null; the process group of a command that timed out is gone then. */
  constructor(command: ScriptCommand, timeout: Duration, deps: NotifyRunDeps, over: (failure: string | null) => void) {
    this.#deps = deps;
    this.#begin = deps.clock.now();
    this.#over = over;
    this.#deadline = after(this.#begin, timeout);
    // Later: where this process was stalled, the end of the command is known before its timeout is.
    this.#alarm = deps.alarms.alarm(() => deps.later(() => this.#tick()));
    this.#alarm.set(this.#deadline);
    this.#handle = deps.start(
      command,
      (end) => this.#ended(end),
      (pid) => {
        const born = deps.bornOf(pid);
        if (born !== null) deps.telling({ pid, born });
      },
    );
  }

  /** It must end earlier than it was allowed to. */
  hurry(deadline: Instant): void {
    if (this.#phase !== 'running' || deadline >= this.#deadline) return;
    this.#deadline = deadline;
    this.#alarm.set(deadline);
  }

  /** Ends it at once, without a word to anybody. */
  cancel(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#alarm.close();
    this.#handle.kill();
  }

  #tick(): void {
    const now = this.#deps.clock.now();
    switch (this.#phase) {
      case 'running':
        if (now < this.#deadline) return;
        this.#failure = this.#describe({ kind: 'timeout', after: between(this.#begin, this.#deadline) });
        this.#phase = 'terminating';
        this.#alarm.set(after(now, GRACE));
        this.#handle.terminate();
        return;
      case 'terminating':
        this.#phase = 'killed';
        this.#alarm.set(after(now, GRACE));
        this.#handle.kill();
        return;
      case 'killed':
        // In a call of the kernel that cannot be interrupted: the others need not wait for it.
        this.#end(`${this.#failure ?? ''}, and did not end when it was killed`);
        return;
      case 'over':
        return;
    }
  }

  #ended(end: ScriptEnd): void {
    switch (this.#phase) {
      case 'running':
        this.#end(succeeded(end) ? null : this.#describe(end));
        return;
      case 'terminating':
      case 'killed':
        // What its leader left behind goes with it.
        this.#handle.kill();
        this.#end(this.#failure);
        return;
      case 'over':
        return;
    }
  }

  #end(failure: string | null): void {
    this.#phase = 'over';
    this.#alarm.close();
    this.#over(failure);
  }

  /** With the last line of what it said: that is where programs say what went wrong. */
  #describe(end: ScriptEnd): string {
    const lines = this.#handle
      .output()
      .split('\n')
      .filter((line) => line.trim() !== '');
    return describeEnd(end, lines.at(-1) ?? '');
  }
}
