import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const PREFIX = 'directord-bench-';
const END_WITHIN_MS = 4000;

/** A process of the benchmark. */
export interface Started {
  readonly pid: number;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
  readonly child: ChildProcess;
}

/** Everything that a run makes on this machine, namespaces, processes, a folder, and the one way to remove it all. */
export class Scope {
  readonly folder = mkdtempSync(join(tmpdir(), PREFIX));
  readonly #namespaces: string[] = [];
  readonly #living = new Set<Started>();
  #closing: Promise<void> | null = null;

  constructor() {
    sweep();
  }

  /** Makes a network namespace. @returns its full name. @throws when `ip` fails (root is needed). */
  namespace(name: string): string {
    const full = `${PREFIX}${process.pid}-${name}`;
    run('ip', 'netns', 'add', full);
    this.#namespaces.push(full);
    run('ip', '-n', full, 'link', 'set', 'lo', 'up');
    return full;
  }

  /** Starts a program in a namespace (in ours: null); its output goes to a file of the folder, or to the caller. */
  start(namespace: string | null, command: readonly string[], output: string | 'pipe'): Started {
    if (this.#closing !== null) throw new Error('the run is over');
    const log = output === 'pipe' ? null : openSync(join(this.folder, output), 'a');
    // `ip netns exec` becomes the program: its pid is the program's.
    const [program = '', ...args] = namespace === null ? command : ['ip', 'netns', 'exec', namespace, ...command];
    const child = spawn(program, args, { stdio: ['ignore', log ?? 'pipe', log ?? 'pipe'] });
    if (log !== null) closeSync(log);
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    const started: Started = { pid: child.pid ?? 0, ended, child };
    this.#living.add(started);
    void ended.then(() => this.#living.delete(started));
    return started;
  }

  /** Ends all that runs and removes all that was made; a second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const living = [...this.#living];
    for (const { child } of living) child.kill('SIGTERM');
    const patience = new Promise((resolve) => setTimeout(resolve, END_WITHIN_MS).unref());
    await Promise.race([Promise.all(living.map((p) => p.ended)), patience]);
    for (const { child } of this.#living) child.kill('SIGKILL');
    for (const name of this.#namespaces) removeNamespace(name);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs a program to its end. @returns what it said. @throws with its own words. */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

/** The same without stopping our own loop. */
export async function runAside(program: string, ...args: readonly string[]): Promise<void> {
  await execute(program, args);
}

/** What is left in it is ours: nobody else knows the name. */
function removeNamespace(name: string): void {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
  for (const pid of (stdout ?? '').split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Gone meanwhile.
    }
  }
  spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' });
}

/** Removes what a run left that was killed outright. */
function sweep(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const line of (stdout ?? '').split('\n')) {
    const name = line.split(' ')[0] ?? '';
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (Number.isInteger(pid) && !isBench(pid)) removeNamespace(name);
  }
}

/** The number may belong to another program by now. */
function isBench(pid: number): boolean {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8').includes('bench');
}
