import { close, constants, fstat, lstat, open, unlink, unlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { openFifo } from '../director/fifo-file.js';
import type { Log } from '../values/log.js';

const [openFile, stat, look, remove] = [promisify(open), promisify(fstat), promisify(lstat), promisify(unlink)];

interface Held {
  readonly path: string;
  /** There was none: it goes at the end. */
  readonly made: boolean;
  close(): void;
}

/**
 * Keeps the FIFO of notifications open in the router, so that lines that nobody has read outlive the director, who writes
 * them. What goes wrong is logged.
 */
export class FifoHold {
  readonly #log: Log;
  #wanted: string | null;
  #held: Held | null = null;
  #closed = false;

  private constructor(path: string | null, log: Log) {
    this.#wanted = path;
    this.#log = log;
  }

  /** Opens it, and makes it where it is missing: before the router starts, which neither waits for a disk nor forks. */
  static async open(path: string | null, log: Log): Promise<FifoHold> {
    const hold = new FifoHold(path, log);
    if (path === null) return hold;
    try {
      const fifo = await openFifo(path);
      hold.#held = { path, made: fifo.made, close: () => fifo.close() };
    } catch (error) {
      hold.#failed(path, error);
    }
    return hold;
  }

  /** Another configuration runs: another FIFO is let go, with what nobody has read of it. */
  follow(path: string | null): void {
    this.#wanted = path;
    if (this.#held === null || this.#held.path === path) return;
    const { path: former, made } = this.#held;
    this.#held.close();
    this.#held = null;
    if (made) void this.#remove(former);
  }

  /** The director has a FIFO open, which it may have `made`: it is opened here as well, on another thread. */
  async take(path: string, made: boolean): Promise<void> {
    if (path === this.#held?.path && !made) return;
    const former = path === this.#held?.path ? this.#held : null;
    try {
      const fd = await openThere(path);
      const held: Held = { path, made: made || former?.made === true, close: () => close(fd) };
      if (this.#closed || path !== this.#wanted) {
        held.close();
        if (made) await this.#remove(path);
        return;
      }
      this.#held?.close();
      this.#held = held;
    } catch (error) {
      this.#failed(path, error);
    }
  }

  /** The end: what was made goes. */
  close(): void {
    this.#closed = true;
    const held = this.#held;
    this.#held = null;
    held?.close();
    if (held?.made !== true) return;
    try {
      unlinkSync(held.path);
    } catch (error) {
      this.#stays(held.path, error);
    }
  }

  async #remove(path: string): Promise<void> {
    await remove(path).catch((error) => this.#stays(path, error));
  }

  #failed(path: string, error: unknown): void {
    this.#log.error({ path }, `notify_fifo: ${error instanceof Error ? error.message : String(error)}`);
  }

  #stays(path: string, error: unknown): void {
    this.#log.warn({ path }, `notify_fifo ${path} stays: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Opens a FIFO that there is, for reading and writing: fifo(7), that never waits for the other side. */
async function openThere(path: string): Promise<number> {
  const wrong = new Error(`${path} is no FIFO: remove it, or name another path`);
  if (!(await look(path)).isFIFO()) throw wrong;
  const fd = await openFile(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  if ((await stat(fd)).isFIFO()) return fd;
  close(fd);
  throw wrong;
}
