import { constants, type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type FileSeen, MOST } from '../core/track/number.js';
import type { FileListener, TrackFiles } from '../ports/track-files.js';

/** Whoever writes a file empties it first: it is read when it has been left alone for so long. */
const SETTLING_MS = 20;
/** One that is never left alone is read this often all the same. */
const AT_LEAST_MS = 200;
/** Where the kernel does not tell of changes, when it is read and asked anew. */
const RETRY_MS = 5_000;

/** Small files, by inotify on their directories: a file that is replaced is another one, and may not be there yet. */
export class KernelFiles implements TrackFiles {
  watch(path: string, listener: FileListener): { close(): void } {
    return new Watched(path, listener);
  }
}

class Watched {
  readonly #path: string;
  readonly #listener: FileListener;
  #watchers: FSWatcher[] = [];
  /** The directories that are watched, as text: another way to the file needs other watches. */
  #way = '';
  #timer: NodeJS.Timeout | null = null;
  #first = 0;
  #reading = false;
  #again = false;
  #open = true;
  #said: string | null = null;
  #trouble: string | null = null;

  constructor(path: string, listener: FileListener) {
    this.#path = path;
    this.#listener = listener;
    void this.#read();
  }

  close(): void {
    this.#open = false;
    this.#unwatch();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** One reading at a time, and one more when something changed meanwhile. */
  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    do {
      this.#again = false;
      // First the watches: what changes after the reading is told.
      await this.#follow();
      const seen = await read(this.#path);
      if (!this.#open) return;
      const said = JSON.stringify(seen);
      if (said !== this.#said) {
        this.#said = said;
        this.#listener.seen(seen);
      }
    } while (this.#again);
    this.#reading = false;
    if (this.#trouble !== null) this.#later(RETRY_MS);
  }

  #soon(): void {
    const now = performance.now();
    if (this.#timer === null) this.#first = now;
    this.#later(now - this.#first > AT_LEAST_MS ? 0 : SETTLING_MS);
  }

  #later(ms: number): void {
    if (!this.#open) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#read();
    }, ms);
  }

  /** Watches every directory on the way, as it is written and behind symbolic links. */
  async #follow(): Promise<void> {
    const real = await realpath(this.#path).catch(async () => {
      const above = await realpath(dirname(this.#path)).catch(() => null);
      return above === null ? this.#path : `${above}/${basename(this.#path)}`;
    });
    const places = new Map<string, Set<string>>();
    for (const way of new Set([this.#path, real])) {
      for (let at = way; at !== dirname(at); at = dirname(at)) {
        const names = places.get(dirname(at)) ?? new Set();
        places.set(dirname(at), names.add(basename(at)));
      }
    }
    const way = await identity([...places.keys()]);
    if (!this.#open || (way === this.#way && this.#trouble === null)) return;
    this.#unwatch();
    this.#way = way;
    let trouble: string | null = null;
    for (const [directory, names] of places) {
      try {
        const watcher = watch(directory, { persistent: false }, (_, name) => {
          if (name === null || names.has(name)) this.#soon();
        });
        watcher.on('error', () => this.#soon());
        this.#watchers.push(watcher);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        // A directory that is not there is told of by the one above.
        if (code !== 'ENOENT' && code !== 'ENOTDIR') trouble = `cannot watch ${directory}: ${code}`;
      }
    }
    if (trouble !== this.#trouble) {
      this.#trouble = trouble;
      this.#listener.trouble(trouble);
    }
  }

  #unwatch(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
    this.#way = '';
  }
}

/** Which directories these are now: one that was made anew under its old name is another, and not watched yet. */
async function identity(directories: readonly string[]): Promise<string> {
  const found = await Promise.all(
    directories.map((path) =>
      stat(path).then(
        ({ dev, ino }) => `${path} ${dev}:${ino}`,
        () => path,
      ),
    ),
  );
  return found.join('\n');
}

/** At most {@link MOST} + 1 bytes of a file. A pipe or a device is never waited for. */
async function read(path: string): Promise<FileSeen> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!(await file.stat()).isFile()) return { kind: 'unreadable', why: 'it is no regular file' };
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST + 1), 0, MOST + 1, 0);
    return { kind: 'text', text: buffer.toString('latin1', 0, bytesRead) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'unreadable', why: code };
  } finally {
    await file?.close().catch(() => {});
  }
}
