import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Changes } from './changes.js';
import { patience } from './patience.js';

/** How a process ended. */
export interface Exit {
  /** 128 when a signal ended it. */
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
}

/** What a command gave. */
export interface Output {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to start a process. */
export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Given to it at once; without it, its input is empty. */
  readonly input?: string;
  /** A file that gets its output too. */
  readonly log?: string;
  /** Takes its standard output as bytes, instead of keeping it as text. */
  readonly bytes?: (chunk: Buffer) => void;
}

const kept = 4 * 1024 * 1024;

/** The first child of a process, as this process sees it, or null. */
export const childOf = (pid: number): number | null => {
  try {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return first ? Number(first) : null;
  } catch {
    return null;
  }
};

/** A process in a host of the lab. */
export class LabProcess {
  readonly name: string;
  /** Resolves when it is gone. */
  readonly exited: Promise<Exit>;
  readonly #entry: ChildProcess;
  /** Kept open: the lab's folder may be gone before the last output comes. */
  #log: number | null;
  #pid = 0;
  #ended: Exit | null = null;
  #stdout = '';
  #stderr = '';
  #all = '';
  readonly #changes = new Changes();

  private constructor(name: string, entry: ChildProcess, options: StartOptions) {
    this.name = name;
    this.#entry = entry;
    this.#log = options.log === undefined ? null : openSync(options.log, 'a');
    if (options.bytes === undefined) {
      entry.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take('out', text));
    } else {
      entry.stdout?.on('data', options.bytes);
    }
    entry.stderr?.setEncoding('utf8').on('data', (text: string) => this.#take('err', text));
    entry.stdin?.on('error', () => {});
    this.exited = new Promise((resolve) => {
      const end = (status: number, signal: NodeJS.Signals | null): void => {
        this.#ended ??= { status, signal };
        this.#changes.wake();
        resolve(this.#ended);
      };
      entry.once('close', (code, signal) => {
        end(code ?? 128, signal);
        if (this.#log !== null) {
          closeSync(this.#log);
          this.#log = null;
        }
      });
      // What it left running may hold its output open: its end is its end all the same.
      entry.once('exit', (code, signal) => setTimeout(() => end(code ?? 128, signal), 100));
      entry.once('error', (error) => {
        this.#take('err', `${error.message}\n`);
        end(127, null);
      });
    });
  }

  /** Starts a command by way of `enter`, a program that enters the host and then forks. */
  static async start(name: string, enter: readonly string[], options: StartOptions = {}): Promise<LabProcess> {
    const [program = '', ...args] = enter;
    const entry = spawn(program, args, { env: options.env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] });
    const self = new LabProcess(name, entry, options);
    entry.stdin.end(options.input ?? '');
    for (
      let wait = 1;
      self.#ended === null && entry.pid !== undefined && entry.exitCode === null;
      wait = Math.min(50, wait * 2)
    ) {
      const pid = childOf(entry.pid);
      if (pid !== null) {
        self.#pid = pid;
        break;
      }
      await sleep(wait);
    }
    return self;
  }

  /** As this process sees it (the host's own processes see another number); 0 when it ended before it was seen. */
  get pid(): number {
    return this.#pid;
  }

  get running(): boolean {
    return this.#ended === null;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Both, as they came (the last 4 MiB). */
  get output(): string {
    return this.#all;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    if (this.#ended !== null || this.#pid === 0) {
      return;
    }
    try {
      process.kill(this.#pid, signal);
    } catch {
      // Ended by itself meanwhile.
    }
  }

  /** Stops it (SIGSTOP) until `resume`. */
  stop(): void {
    this.kill('SIGSTOP');
  }

  resume(): void {
    this.kill('SIGCONT');
    // The program that entered the host stops along with it.
    this.#entry.kill('SIGCONT');
  }

  /** Asks it to end, makes it end after a while, and waits for that. */
  async end(signal: NodeJS.Signals = 'SIGTERM', withinMs = 5000): Promise<Exit> {
    this.kill(signal);
    const last = setTimeout(() => {
      this.kill('SIGKILL');
      this.#entry.kill('SIGKILL');
    }, withinMs);
    const exit = await this.exited;
    clearTimeout(last);
    return exit;
  }

  /**
   * Waits for a line of its output, also an earlier one. @param from looks at what follows this offset only: `output.length`
   * before the cause. @returns the match. @throws when it ends or the time is up first.
   */
  async waitForLine(wanted: RegExp, usualMs = 10_000, from = 0): Promise<RegExpExecArray> {
    const lines = new RegExp(wanted.source, wanted.flags.includes('m') ? wanted.flags : `${wanted.flags}m`);
    return this.waitFor(() => lines.exec(this.#all.slice(from)), String(wanted), usualMs);
  }

  /** Waits until `look` finds something, looking at each output, `usualMs` at most where nothing else runs. @throws when it ends or the time is up first. */
  async waitFor<T>(look: () => T | null | undefined, what: string, usualMs = 10_000): Promise<T> {
    const withinMs = patience(usualMs);
    const found = await this.#changes.waitFor(look, withinMs, () => this.#ended !== null);
    if (found === null) {
      const why = this.#ended === null ? `not within ${withinMs} ms` : `it ended with ${this.#ended.status}`;
      throw new Error(`${this.name}: waited for ${what}: ${why}; it said:\n${this.#all.slice(-4000)}`);
    }
    return found;
  }

  #take(from: 'out' | 'err', text: string): void {
    if (from === 'out') {
      this.#stdout = (this.#stdout + text).slice(-kept);
    } else {
      this.#stderr = (this.#stderr + text).slice(-kept);
    }
    this.#all = (this.#all + text).slice(-kept);
    if (this.#log !== null) {
      writeSync(this.#log, text);
    }
    this.#changes.wake();
  }
}
