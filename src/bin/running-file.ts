import { readFile, readlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateStore } from '../director/state-files.js';

/** The configuration that runs, for the next start; removed by a stop, which leaves nothing behind. */
export const RUNNING = 'running.yaml';

/** A line of YAML’s comment that says which kernel and network namespace this is. */
export async function thisKernel(): Promise<string> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return `# boot ${boot} ${await readlink('/proc/self/ns/net')}`;
}

/**
 * A reload is about to put another file in force: keeps it for the next start.
 * @returns what puts the former one back.
 * @throws when it cannot be stored.
 */
export async function keepRunning(text: string, store: StateStore): Promise<() => Promise<void>> {
  const before = await store.read(RUNNING);
  await store.write(RUNNING, `${await thisKernel()}\n${text}`);
  return async () => {
    if (before !== null) await store.write(RUNNING, before);
  };
}

/** After a stop there is nothing left. @param place the state directory. */
export async function forgetRun(place: string): Promise<void> {
  await unlink(join(place, RUNNING)).catch(() => {});
}
