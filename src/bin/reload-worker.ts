import { hostname, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { durationKeys } from '../config/duration-keys.js';
import { readText } from '../config/load.js';
import { known, reread } from '../config/reread.js';
import type { ReadFile } from '../director/reload.js';
import { routerPart } from '../router/from-config.js';
import { packPart } from '../router/packed.js';
import { collect } from './collect.js';
import { packEdit, unpackRunning } from './packed.js';

/** What the thread is started with. */
export interface ThreadData {
  /** What runs, packed. */
  readonly blob: Uint8Array;
  /** Nobody waits for it yet. */
  readonly waits: boolean;
}

// Of this thread only (setpriority(2)): adverts and checks go before the reading of a file.
const NICE = 2;
/** The first takes ten times as long as the third. */
const REHEARSALS = 3;

try {
  setPriority(0, NICE);
} catch {
  // Then it competes like any other thread.
}

const { blob, waits } = workerData as ThreadData;
const running = unpackRunning(blob);
const { file } = running;
const host = hostname();
const base = known(running);
const durations = [...durationKeys()];
// For nothing: what a reading needs is compiled by it. Where all has to be read it costs more than it gives.
if (waits && base.cut !== null) for (let turn = 0; turn < REHEARSALS; turn += 1) made(running.text);
// It may wait for days.
if (waits) collect();

parentPort?.once('message', () => void read().then((found) => parentPort?.postMessage(found)));

async function read(): Promise<ReadFile> {
  const text = await readText(file);
  if (typeof text !== 'string') {
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message: text.why }] };
  }
  return made(text);
}

function made(text: string): ReadFile {
  const { result, kept } = reread(text, file, base, host);
  if (!result.ok) return { ok: false, problems: result.problems };
  const { config, warnings } = result;
  const services = config.ipvs.services.filter((_, i) => kept[i] === null);
  const head = { ...config, ipvs: { ...config.ipvs, services } };
  return {
    ok: true,
    config: head,
    kept,
    text,
    durations,
    warnings,
    part: packPart(routerPart(config)),
    blob: packEdit(blob, running, { config: head, kept, text }),
  };
}
