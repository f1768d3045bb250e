import { unlinkSync } from 'node:fs';
import type { Config } from '../config/schema.js';
import { openFifo } from '../director/fifo-file.js';
import { type HeldSince, readHolds } from '../director/holds.js';
import { StateFiles } from '../director/state-files.js';
import type { Log } from '../values/log.js';
import { stateDir } from './state-dir.js';

/** What the router process takes from the file system before it starts; afterwards it opens nothing. */
export interface Beforehand {
  /** The instances that `directorctl failover` holds. */
  readonly held: HeldSince;
  /** At the very end. */
  close(): void;
}

/** Reads the stored failovers, and opens the FIFO. What goes wrong is logged, and stops nothing. */
export async function beforehand(config: Config, log: Log): Promise<Beforehand> {
  const held = await readHolds(new StateFiles(stateDir(config)), log);
  const path = config.vrrp.notify_fifo?.path ?? null;
  if (path === null) return { held, close: () => {} };
  try {
    // The director writes to it. Open here as well, it keeps lines that nobody has read over the director's restart.
    const fifo = await openFifo(path);
    const close = (): void => {
      fifo.close();
      if (fifo.made) remove(path, log);
    };
    return { held, close };
  } catch (error) {
    log.error({ path }, `notify_fifo: ${error instanceof Error ? error.message : String(error)}`);
    return { held, close: () => {} };
  }
}

function remove(path: string, log: Log): void {
  try {
    unlinkSync(path);
  } catch (error) {
    log.warn({ path }, `notify_fifo ${path} stays: ${error instanceof Error ? error.message : String(error)}`);
  }
}
