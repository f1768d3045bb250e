import { type ChildProcess, spawn } from 'node:child_process';
import { scriptFacts } from '../config/host-facts.js';
import { scriptFault } from '../config/script-file.js';
import { OUTPUT_LIMIT, type ScriptEnd } from '../core/script/verdict.js';
import { type RunAs, systemUsers, type Users, userFor } from './script-user.js';

/** What is run: the absolute path and its arguments. */
export interface ScriptCommand {
  readonly command: readonly [string, ...string[]];
  /** null: an unprivileged one. */
  readonly user: string | null;
  /** What it sees of our environment besides PATH and LANG. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One run of a script. */
export interface ScriptHandle {
  /** null before there is a process. */
  readonly pid: number | null;
  /** What it has written so far, stdout and stderr, at most {@link OUTPUT_LIMIT} bytes. */
  output(): string;
  /** SIGTERM to its process group. */
  terminate(): void;
  /** SIGKILL to its process group, also after its leader has ended. */
  kill(): void;
}

/** Starts a run; `ended` is called once, never from within this call; `started`, before it, where there is a process. */
export type StartScript = (
  script: ScriptCommand,
  ended: (end: ScriptEnd) => void,
  started?: (pid: number) => void,
) => ScriptHandle;

/** All that a script sees of our environment. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/** What is likely wrong where the kernel does not start a file that looked right. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'it, or a directory above it, is closed to that user: chmod a+rx',
  ENOENT: 'the interpreter in its first line does not exist',
  ENOEXEC: 'it has no first line that names an interpreter, such as #!/bin/sh',
  EPERM: 'becoming that user needs CAP_SETUID and CAP_SETGID',
};

/** Starts scripts on this system: checked before every run, as another user, in a session of their own. */
export const startScript =
  (users: Users = systemUsers): StartScript =>
  (script, ended, started = () => {}) => {
    const run = new Run(ended, started);
    void run.begin(script, users);
    return run;
  };

class Run implements ScriptHandle {
  readonly #ended: (end: ScriptEnd) => void;
  readonly #started: (pid: number) => void;
  readonly #output: Buffer[] = [];
  #outputSize = 0;
  #child: ChildProcess | null = null;
  #cancelled = false;
  #over = false;

  constructor(ended: (end: ScriptEnd) => void, started: (pid: number) => void) {
    this.#ended = ended;
    this.#started = started;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  output(): string {
    return Buffer.concat(this.#output).toString('utf8');
  }

  terminate(): void {
    this.#cancelled = true;
    this.#signal('SIGTERM');
  }

  kill(): void {
    this.#cancelled = true;
    this.#signal('SIGKILL');
  }

  async begin(script: ScriptCommand, users: Users): Promise<void> {
    try {
      const as = await userFor(script.user, users);
      if (typeof as === 'string') return this.#refuse(as);
      const [path] = script.command;
      const fault = scriptFault(await scriptFacts(path));
      if (fault !== null)
        return this.#refuse(`${path}, ${fault}; allowed: an executable file that root alone can change`);
      if (this.#cancelled) return this.#refuse('timed out before it was started');
      this.#spawn(script, as, users);
    } catch (error) {
      this.#refuse(`cannot be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #spawn({ command: [path, ...args], environment = {} }: ScriptCommand, as: RunAs, users: Users): void {
    // libuv empties the supplementary groups before it changes the user (setgroups(0), uv__process_child_init).
    const identity = users.uid === 0 ? { uid: as.uid, gid: as.gid } : {};
    const child = spawn(path, args, {
      ...identity,
      cwd: '/',
      env: { ...ENVIRONMENT, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    if (child.pid !== undefined) this.#started(child.pid);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => this.#keep(bytes));
      stream?.on('error', () => {});
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      const code = error.code ?? error.message;
      const hint = HINTS[code];
      this.#refuse(`${path} cannot be started as user ${as.name}: ${code}${hint === undefined ? '' : ` (${hint})`}`);
    });
    child.once('exit', (code, signal) => {
      const end = (): void => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        this.#end(signal === null ? { kind: 'exit', code: code ?? -1 } : { kind: 'signal', signal });
      };
      // What it wrote last may still wait in the pipe: a whole turn of the loop reads it, and this one may have asked the
      // pipe before the script ended (another child's end brings this one's with it). Not until the pipe is closed: a
      // process that the script left behind may hold it open for good.
      setImmediate(() => setImmediate(end));
    });
  }

  /** Reads on beyond the limit, or the script would wait for a reader. */
  #keep(bytes: Buffer): void {
    const part = bytes.subarray(0, OUTPUT_LIMIT - this.#outputSize);
    if (part.length === 0) return;
    this.#output.push(Buffer.from(part));
    this.#outputSize += part.length;
  }

  #refuse(why: string): void {
    this.#end({ kind: 'refused', why });
  }

  #end(end: ScriptEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended(end);
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // ESRCH: nobody is left in the group. EPERM shows as a run that does not end.
    }
  }
}
