import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Calls, Response } from './agent-protocol.js';

let made = 0;
let calls = 0;

/** The agent's calls, across the process border. */
export type Agent = {
  readonly [K in keyof Calls]: (...args: Parameters<Calls[K]>) => Promise<ReturnType<Calls[K]>>;
} & { readonly pid: number };

/** Runs a program to its end. @returns its standard output. @throws Error with what it said when it fails. */
export const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Two hosts on one link: `a` with 10.77.0.1/24 and `b` with 10.77.0.2/24, each on its `eth1`. */
export class Network {
  readonly a: string;
  readonly b: string;
  readonly #children: ChildProcess[] = [];

  constructor() {
    made += 1;
    const name = `directord-${process.pid}-${made}`;
    this.a = `${name}a`;
    this.b = `${name}b`;
    try {
      for (const host of [this.a, this.b]) run('ip', 'netns', 'add', host);
      this.link();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Puts the cable in, with new interfaces at both ends. */
  link(): void {
    this.ip(this.a, 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth1', 'netns', this.b);
    [this.a, this.b].forEach((host, i) => {
      this.ip(host, 'address', 'add', `10.77.0.${i + 1}/24`, 'dev', 'eth1');
      this.ip(host, 'link', 'set', 'eth1', 'up');
      this.ip(host, 'link', 'set', 'lo', 'up');
    });
  }

  /** `ip` inside a host. */
  ip(host: string, ...args: readonly string[]): string {
    return run('ip', '-n', host, ...args);
  }

  /** Starts a program inside a host; it is ended with the network. */
  start(host: string, program: string, ...args: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', host, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return child;
  }

  /** Starts a process with the real adapters inside a host. */
  agent(host: string): Promise<Agent> {
    const loader = fileURLToPath(new URL('./typescript-loader.mjs', import.meta.url));
    const script = fileURLToPath(new URL('./agent.ts', import.meta.url));
    const child = spawn('ip', ['netns', 'exec', host, process.execPath, '--import', loader, script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#children.push(child);
    const waiting = new Map<number, (response: Response) => void>();
    const call = (name: string, args: readonly unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        calls += 1;
        const id = calls;
        waiting.set(id, (response) => {
          waiting.delete(id);
          if ('error' in response) reject(new Error(response.error));
          else resolve(response.value);
        });
        child.send({ id, name, args });
      });
    return new Promise((resolve, reject) => {
      child.once('exit', (code, signal) => {
        const error = `the agent ended (${code ?? signal})`;
        for (const [id, answer] of waiting) answer({ id, error });
        reject(new Error(error));
      });
      child.on('message', (response: Response) => {
        if (response.id !== 0) return waiting.get(response.id)?.(response);
        const target = { pid: child.pid ?? 0 } as object;
        const get = (_: object, name: string | symbol): unknown =>
          name === 'pid'
            ? child.pid
            : name === 'then' || typeof name === 'symbol'
              ? undefined
              : (...args: unknown[]) => call(name, args);
        resolve(new Proxy(target, { get }) as Agent);
      });
    });
  }

  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const host of [this.a, this.b]) {
      try {
        run('ip', 'netns', 'delete', host);
      } catch {
        // Not made, or gone already.
      }
    }
  }
}
