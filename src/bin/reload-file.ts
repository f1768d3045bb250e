import { Worker } from 'node:worker_threads';
import type { ReadFile } from '../director/reload.js';
import type { ThreadData, ThreadFound } from './reload-worker.js';

/** A file of 1 MiB takes some seconds on a busy machine; what takes longer hangs (a dead network file system). */
const WITHIN_MS = 60_000;
/** A start, or a reload, is over for good: there is time to make the next thread. */
const SETTLED_MS = 2_000;

/**
 * Reads and validates the configuration's file on a thread of its own. One stands ready, with its code loaded and what
 * runs unpacked; it is used once, so that what a reading leaves behind goes with it. Where none stands, one is started.
 */
export class Rereader {
  readonly #file: string;
  #blob: Uint8Array;
  #standing: Worker | null = null;
  readonly #used = new Set<Worker>();
  #timer: NodeJS.Timeout | null = null;

  /** @param blob what runs, packed: its file is read. */
  constructor(file: string, blob: Uint8Array) {
    this.#file = file;
    this.#blob = blob;
  }

  /** Nothing is urgent any more: in a moment a thread is made that waits for its reading. */
  settled(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#clear();
      this.#standing ??= this.#stand();
    }, SETTLED_MS).unref();
  }

  /** It runs now: what is read next is compared with it. */
  accepted(blob: Uint8Array): void {
    this.#blob = blob;
    // It would compare with what ran before.
    if (this.#standing !== null) this.#used.add(this.#standing);
    this.#standing = null;
    this.settled();
  }

  /** @throws when the thread cannot run, or hangs. */
  read(): Promise<ReadFile> {
    this.#clear();
    const worker = this.#standing ?? this.#start(false);
    this.#standing = null;
    worker.removeAllListeners();
    worker.postMessage('read');
    return new Promise<ReadFile>((resolve, reject) => {
      const bound = setTimeout(() => {
        void worker.terminate();
        over(() => reject(new Error(`reading ${this.#file} takes longer than ${WITHIN_MS / 1_000} s`)));
      }, WITHIN_MS);
      const over = (tell: () => void): void => {
        clearTimeout(bound);
        worker.removeAllListeners();
        // After its end a thread can still say that it was ended.
        worker.on('error', () => {});
        // Its end takes time from what comes of the reading: later.
        this.#used.add(worker);
        this.settled();
        tell();
      };
      const fail = (why: string): void => over(() => reject(new Error(`${this.#file} could not be read: ${why}`)));
      worker.once('message', (found: ThreadFound) => over(() => resolve(lazily(found))));
      worker.once('error', (error) => fail(error.message));
      worker.once('exit', (code) => fail(`the reading thread ended (${code})`));
    });
  }

  #clear(): void {
    for (const worker of this.#used) void worker.terminate();
    this.#used.clear();
  }

  #start(waits: boolean): Worker {
    const workerData: ThreadData = { blob: this.#blob, waits };
    const worker = new Worker(new URL('./reload-worker.js', import.meta.url), { workerData, execArgv: [] });
    worker.unref();
    return worker;
  }

  /** One that dies while it waits is none: the next reading starts its own. */
  #stand(): Worker | null {
    let worker: Worker;
    try {
      worker = this.#start(true);
    } catch {
      return null;
    }
    const gone = (): void => {
      if (this.#standing === worker) this.#standing = null;
    };
    worker.on('error', gone);
    worker.on('exit', gone);
    return worker;
  }
}

/** The text is made when somebody asks for it. */
function lazily(found: ThreadFound): ReadFile {
  if (!found.ok) return found;
  const { text: bytes, ...rest } = found;
  return {
    ...rest,
    get text() {
      return new TextDecoder().decode(bytes);
    },
  };
}
