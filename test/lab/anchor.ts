import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childOf } from './process.js';

/** The repository: this file is two folders below it, as source and compiled. */
export const repo = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** The namespaces of one host, held open by its process 1; everything in them ends with that. */
export class Anchor {
  /** Process 1 of the host, as this process sees it. */
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly gone: Promise<void>;

  private constructor(child: ChildProcess, pid: number, gone: Promise<void>) {
    this.#child = child;
    this.pid = pid;
    this.gone = gone;
  }

  /** @param name what processes are called @param host the host's name @param dir the host's own folder on disk */
  static async start(name: string, host: string, dir: string): Promise<Anchor> {
    const state = join(dir, 'state');
    mkdirSync(state, { recursive: true });
    const namespaces = ['--net', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const child = spawn('unshare', [...namespaces, 'bash', join(repo, 'test/lab/anchor.sh'), name, host, state], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => {});
    let said = '';
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => reject(new Error(`host ${host} did not start (root and namespaces needed): ${said}`)));
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          if (/^ready$/m.test(said)) {
            resolve();
          }
        });
      }
    });
    const pid = childOf(child.pid ?? 0);
    if (pid === null) {
      throw new Error(`host ${host}: its process 1 is not to be found`);
    }
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      (stream as unknown as { unref(): void }).unref();
    }
    child.unref();
    return new Anchor(child, pid, gone);
  }

  /** The command that runs another in the host. */
  enter(command: readonly string[], cwd: string): string[] {
    return ['nsenter', '-t', String(this.pid), '-m', '-u', '-i', '-n', '-p', `--wdns=${cwd}`, '--', ...command];
  }

  /** The command that runs another in the host's network, but among our processes. */
  enterNetwork(command: readonly string[]): string[] {
    return ['nsenter', '-t', String(this.pid), '-n', '--', ...command];
  }

  /** Ends the host and everything in it, now. */
  kill(): void {
    this.#child.kill('SIGKILL');
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch {
      // The first kill took it along.
    }
  }
}
