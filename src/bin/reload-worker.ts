import { hostname } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { ReadFile } from '../director/reload.js';
import { collect } from './collect.js';
import { Rereading } from './rereading.js';

/** What the thread is asked: to read the file, to go on from what it read last, and that there is time now to tidy up. */
export type ThreadAsked = 'read' | 'accepted' | 'rest';

/** What it answers, to a reading only. */
export interface ThreadFound {
  readonly found: ReadFile;
  /** All of the file was read, which leaves much behind. */
  readonly whole: boolean;
}

/** What the thread is started with. */
export interface ThreadData {
  /** What runs, packed. */
  readonly blob: Uint8Array;
  /** Nobody waits for it yet. */
  readonly waits: boolean;
}

/** The first takes ten times as long as the third. */
const REHEARSALS = 3;

const { blob, waits } = workerData as ThreadData;
const rereading = new Rereading(blob, hostname());
// For nothing: what a reading needs is compiled by it. Where all has to be read it costs more than it gives.
if (waits && rereading.quick) {
  for (let turn = 0; turn < REHEARSALS; turn += 1) rereading.read();
  // It may wait for days. Where nothing was rehearsed there is little to collect: 8 s later V8 would look at it once more, for
  // 100 ms beside the adverts.
  collect();
}

parentPort?.on('message', (asked: ThreadAsked) => {
  if (asked === 'read') parentPort?.postMessage(rereading.read() satisfies ThreadFound);
  else if (asked === 'accepted') rereading.accepted();
  else collect();
});
