import type { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ReadFile } from '../director/reload.js';
import type { ThreadAsked, ThreadData, ThreadFound } from './reload-worker.js';

/** A file of 1 MiB takes some seconds on a busy machine; what takes longer hangs (a dead network file system). */
const WITHIN_MS = 60_000;
/** A start, or a reload, is over for good: there is time to make a thread ready for the next one. */
const SETTLED_MS = 2_000;

/** A thread of its own, as far as it is needed here. */
export type Thread = EventEmitter & Pick<Worker, 'postMessage' | 'terminate' | 'unref'>;

function startThread(workerData: ThreadData): Thread {
  return new Worker(new URL('./reload-worker.js', import.meta.url), { workerData, execArgv: [] });
}

/**
 * Reads and validates the configuration's file on a thread of its own. One stands ready, with its code loaded and what
 * is to be known of what runs. It goes on from reading to reading; one that had to read all of the file is ended, and what
 * that left behind with it. Where none stands, one is started.
 */
export class Rereader {
  readonly #file: string;
  readonly #begin: (data: ThreadData) => Thread;
  #blob: Uint8Array;
  #standing: Thread | null = null;
  /** Who read last. */
  #reader: Thread | null = null;
  /** What it read runs now, and it has not been told. */
  #untold = false;
  readonly #used = new Set<Thread>();
  #timer: NodeJS.Timeout | null = null;

  /** @param blob what runs, packed: its file is read. */
  constructor(file: string, blob: Uint8Array, begin = startThread) {
    this.#file = file;
    this.#blob = blob;
    this.#begin = begin;
  }

  /** Nothing is urgent any more: in a moment a thread is made ready for its reading. */
  settled(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#clear();
      if (this.#standing === null) this.#standing = this.#stand();
      else {
        this.#tell(this.#standing);
        ask(this.#standing, 'rest');
      }
    }, SETTLED_MS).unref();
  }

  /** It runs now: what is read next is compared with it. */
  accepted(blob: Uint8Array): void {
    this.#blob = blob;
    if (this.#standing !== null && this.#standing === this.#reader) this.#untold = true;
    else if (this.#standing !== null) {
      // Made meanwhile: it would compare with what ran before.
      this.#used.add(this.#standing);
      this.#standing = null;
    }
    this.settled();
  }

  /** @throws when the thread cannot run, or hangs. */
  read(): Promise<ReadFile> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#clear();
    const worker = this.#standing ?? this.#start(false);
    this.#standing = null;
    this.#reader = worker;
    worker.removeAllListeners();
    this.#tell(worker);
    ask(worker, 'read');
    return new Promise<ReadFile>((resolve, reject) => {
      const bound = setTimeout(() => {
        void worker.terminate();
        over(() => reject(new Error(`reading ${this.#file} takes longer than ${WITHIN_MS / 1_000} s`)), false);
      }, WITHIN_MS);
      const over = (tell: () => void, stays: boolean): void => {
        clearTimeout(bound);
        worker.removeAllListeners();
        if (stays) this.#standing = this.#watched(worker);
        else {
          // After its end a thread can still say that it was ended.
          worker.on('error', () => {});
          // Its end takes time from what comes of the reading: later.
          this.#used.add(worker);
        }
        this.settled();
        tell();
      };
      const fail = (why: string): void =>
        over(() => reject(new Error(`${this.#file} could not be read: ${why}`)), false);
      worker.once('message', ({ found, whole }: ThreadFound) => over(() => resolve(found), !whole));
      worker.once('error', (error) => fail(error.message));
      worker.once('exit', (code) => fail(`the reading thread ended (${code})`));
    });
  }

  /** Not before it is needed, or there is time: it takes as long as a reading. */
  #tell(worker: Thread): void {
    if (this.#untold) ask(worker, 'accepted');
    this.#untold = false;
  }

  #clear(): void {
    for (const worker of this.#used) void worker.terminate();
    this.#used.clear();
  }

  #start(waits: boolean): Thread {
    const worker = this.#begin({ blob: this.#blob, waits });
    worker.unref();
    return worker;
  }

  #stand(): Thread | null {
    try {
      return this.#watched(this.#start(true));
    } catch {
      return null;
    }
  }

  /** One that dies while it waits is none: the next reading starts its own. */
  #watched(worker: Thread): Thread {
    const gone = (): void => {
      if (this.#standing !== worker) return;
      this.#standing = null;
      this.#untold = false;
    };
    worker.on('error', gone);
    worker.on('exit', gone);
    return worker;
  }
}

const ask = (worker: Thread, what: ThreadAsked): void => worker.postMessage(what);
