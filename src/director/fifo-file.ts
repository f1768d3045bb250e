import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, fstatSync, lstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { FifoWriter } from './notify-fifo.js';

/** Its owner only: whoever else is to read it, an administrator makes it beforehand, with the group and mode he wants. */
const MODE = '600';

/**
 * Opens the FIFO at `path` for reading and writing (fifo(7): on Linux that never waits for the other side), without
 * ever blocking; makes it where there is nothing.
 * @throws Error with a sentence that says what would be right.
 */
export async function openFifo(path: string): Promise<FifoWriter> {
  const made = await make(path);
  const fd = open(path);
  return {
    made,
    write(line) {
      try {
        // At most PIPE_BUF (4096) bytes go in as a whole or not at all (pipe(7)); a line is far shorter.
        writeSync(fd, line);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
        throw error;
      }
    },
    close: () => closeSync(fd),
  };
}

async function make(path: string): Promise<boolean> {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return false;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    await promisify(execFile)('/usr/bin/mkfifo', ['-m', MODE, '--', path], { timeout: 5_000 });
    return true;
  } catch (error) {
    // The other process was quicker.
    if (existsSync(path)) return false;
    const said = (error as { stderr?: string }).stderr?.trim().split('\n')[0];
    const why = said === undefined || said === '' ? (error as Error).message : said;
    throw new Error(`${path} cannot be made (${why}): its directory must exist, and be writable by directord`);
  }
}

function open(path: string): number {
  const wrong = `${path} is no FIFO: remove it, or name another path`;
  if (lstatSync(path).isFIFO() === false) throw new Error(wrong);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new Error(wrong);
}
