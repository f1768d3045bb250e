import { unlinkSync } from 'node:fs';
import { openFifo } from '../director/fifo-file.js';
import type { Log } from '../values/log.js';

/**
 * Opens the FIFO of notifications, before the router starts; afterwards it opens nothing. The director writes to it. Open
 * here as well, it keeps lines that nobody has read over the director's restart. What goes wrong is logged.
 * @returns what closes it.
 */
export async function holdFifo(path: string | null, log: Log): Promise<() => void> {
  if (path === null) return () => {};
  try {
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
