import { unlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Config } from '../config/schema.js';
import { openFifo } from '../director/fifo-file.js';
import { type HeldSince, readHolds } from '../director/holds.js';
import { StateFiles } from '../director/state-files.js';
import type { Log } from '../values/log.js';
import { forgetRun, removeLeftovers } from './leftovers.js';
import { stateDir } from './state-dir.js';

/** What the router process takes from the file system before it starts; afterwards it opens nothing. */
export interface Beforehand {
  /** The instances that `directorctl failover` holds. */
  readonly held: HeldSince;
  /** At the very end. */
  close(): Promise<void>;
}

/**
 * Removes what a killed run with another file left behind, reads the stored failovers, and opens the FIFO. What goes wrong is
 * logged, and stops nothing.
 * @param text the file that `config` was made of.
 */
export async function beforehand(config: Config, text: string, log: Log): Promise<Beforehand> {
  const place = stateDir(config);
  // The director says it where this fails.
  await mkdir(place, { recursive: true, mode: 0o750 }).catch(() => {});
  const store = new StateFiles(place);
  await removeLeftovers(config, text, store, log);
  const held = await readHolds(store, log);
  const closeFifo = await holdFifo(config, log);
  const close = async (): Promise<void> => {
    closeFifo();
    await forgetRun(store);
  };
  return { held, close };
}

/** Opens the FIFO. @returns what closes it. */
async function holdFifo({ vrrp }: Config, log: Log): Promise<() => void> {
  const path = vrrp.notify_fifo?.path ?? null;
  if (path === null) return () => {};
  try {
    // The director writes to it. Open here as well, it keeps lines that nobody has read over the director's restart.
    const fifo = await openFifo(path);
    return () => {
      fifo.close();
      if (fifo.made) remove(path, log);
    };
  } catch (error) {
    log.error({ path }, `notify_fifo: ${error instanceof Error ? error.message : String(error)}`);
    return () => {};
  }
}

function remove(path: string, log: Log): void {
  try {
    unlinkSync(path);
  } catch (error) {
    log.warn({ path }, `notify_fifo ${path} stays: ${error instanceof Error ? error.message : String(error)}`);
  }
}
