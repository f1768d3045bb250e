import { Worker } from 'node:worker_threads';
import type { ReadFile } from '../director/reload.js';

/** A file of 1 MiB takes some seconds on a busy machine; what takes longer hangs (a dead network file system). */
const WITHIN_MS = 60_000;

/**
 * Reads and validates a configuration on a thread of its own.
 * @param blob what runs, packed: its file is read.
 * @throws when that thread cannot run, or hangs.
 */
export function readInThread(file: string, blob: Uint8Array): Promise<ReadFile> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./reload-worker.js', import.meta.url), { workerData: { blob }, execArgv: [] });
    const bound = setTimeout(() => fail(`reading ${file} takes longer than ${WITHIN_MS / 1_000} s`), WITHIN_MS);
    const end = (): void => {
      clearTimeout(bound);
      worker.removeAllListeners();
      // After its end a thread can still say that it was ended.
      worker.on('error', () => {});
      void worker.terminate();
    };
    const fail = (why: string): void => {
      end();
      reject(new Error(why));
    };
    worker.once('message', (read: ReadFile) => {
      end();
      resolve(read);
    });
    worker.once('error', (error) => fail(`${file} could not be read: ${error.message}`));
    worker.once('exit', (code) => fail(`${file} could not be read: the reading thread ended (${code})`));
  });
}
