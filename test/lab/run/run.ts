import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { chooseKernel, type Needs } from './choose.js';
import { runDirect } from './direct.js';
import { makeLiveDir, sweep } from './live.js';
import { serveRun } from './shell.js';
import { type Running, type RunningUml, runInUml } from './uml.js';

/** What `lab run` was asked. */
export interface RunOptions {
  readonly needs: Needs;
  readonly kernel: 'auto' | 'direct' | 'uml';
  /** 0 for no bound. */
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  /** Whether this is `lab up`. */
  readonly up: boolean;
  readonly command: readonly string[];
  readonly repo: string;
}

const say = (text: string): boolean => process.stderr.write(`lab: ${text}\n`);

/** Runs a command on a real kernel. @returns its exit status; 124 when its time was up, 128 + signal when one ended it. */
export const run = async (options: RunOptions): Promise<number> => {
  const choice = chooseKernel(options.needs, options.kernel);
  await sweep();
  let instead: number | null = null;
  let running: Running | null = null;
  let uml: RunningUml | null = null;
  const end = (status: number, why: string): void => {
    instead = status;
    say(why);
    running?.kill();
  };
  const live = await makeLiveDir(
    serveRun(
      () => uml,
      () => end(0, 'down: ending everything'),
    ),
  );
  try {
    say(choice.why);
    const job = { command: options.command, dir: live.path, repo: options.repo, memoryMiB: options.memoryMiB };
    let pid = 0;
    if (choice.kind === 'uml') {
      uml = runInUml(
        job,
        (chunk) => process.stdout.write(chunk),
        (chunk) => process.stderr.write(chunk),
      );
      running = uml;
    } else {
      const direct = runDirect(job, choice.kind);
      pid = direct.pid;
      running = direct;
    }
    writeFileSync(join(live.path, 'run.json'), JSON.stringify({ kind: choice.kind, pid, up: options.up }));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => end(128 + constants.signals[signal], `${signal}: ending everything`));
    }
    const bound =
      options.timeoutMs > 0
        ? setTimeout(
            () => end(124, `not done after ${options.timeoutMs / 1000} s: ending everything`),
            options.timeoutMs,
          )
        : undefined;
    const status = await running.ended.finally(() => clearTimeout(bound));
    return instead ?? status;
  } finally {
    live.remove();
  }
};
