import { readFile, stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
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

/** A larger file is none of ours. */
const MAX_BYTES = 1_048_576;

/** A file's text, for keeping: a tenth of it. */
export const packText = (text: string): Uint8Array => deflateRawSync(text, { level: constants.Z_BEST_SPEED });

/**
 * The text that runs and the one that stands in the file now.
 * @param words of {@link packText}
 * @returns null where the file cannot be read just so; whoever reads it properly then says why.
 */
export async function glanceAt(file: string, words: Uint8Array): Promise<{ before: string; after: string } | null> {
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > MAX_BYTES) return null;
    const after = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
    return { before: inflateRawSync(words).toString('utf8'), after };
  } catch {
    return null;
  }
}
