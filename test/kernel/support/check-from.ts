import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProbeResult } from '../../../src/probe/result.js';
import type { Endpoint } from '../../../src/values/endpoint.js';
import type { Question } from './checker.js';

/** A process that makes checks inside a network namespace. */
export class CheckFrom {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (result: ProbeResult) => void>();
  readonly ready: Promise<void>;
  #count = 0;

  /** @param as what the process is started by, such as `setpriv …`. */
  constructor(namespace: string, as: readonly string[] = []) {
    const loader = fileURLToPath(new URL('./typescript-loader.mjs', import.meta.url));
    const script = fileURLToPath(new URL('./checker.ts', import.meta.url));
    const command = ['netns', 'exec', namespace, ...as, process.execPath, '--import', loader, script];
    this.#child = spawn('ip', command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.ready = new Promise((resolve, reject) => {
      this.#child.once('exit', (code) => reject(new Error(`the checker ended with ${code}`)));
      this.#child.on('message', ({ id, result }: { id: number; result: ProbeResult }) => {
        if (id === 0) resolve();
        this.#waiting.get(id)?.(result);
        this.#waiting.delete(id);
      });
    });
    this.ready.catch(() => {});
  }

  /** One attempt with a check as it stands in a file, within 300 ms. */
  async attempt(settings: object, target: Endpoint): Promise<ProbeResult> {
    await this.ready;
    this.#count += 1;
    const question: Question = {
      id: this.#count,
      settings: { interval: '300ms', timeout: '300ms', ...settings },
      target,
    };
    return new Promise((resolve) => {
      this.#waiting.set(question.id, resolve);
      this.#child.send(question);
    });
  }

  end(): void {
    this.#child.removeAllListeners('exit');
    this.#child.kill('SIGKILL');
  }
}
