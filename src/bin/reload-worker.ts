import { hostname } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { durationKeys } from '../config/duration-keys.js';
import { readText } from '../config/load.js';
import { known, reread } from '../config/reread.js';
import type { ReadFile } from '../director/reload.js';
import { routerPart } from '../router/from-config.js';
import { packPart, samePart } from '../router/packed.js';
import { collect } from './collect.js';
import { packEdit, unpackRunning } from './packed.js';

/** What the thread answers. Of the text the bytes, which need no copy: it is wanted later, if at all. */
export type ThreadFound =
  | (Omit<ReadFile & { ok: true }, 'text'> & { readonly text: Uint8Array })
  | (ReadFile & { ok: false });

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
const running = unpackRunning(blob);
const { file } = running;
const host = hostname();
const base = known(running);
const durations = [...durationKeys()];
const part = packPart(routerPart(running.config));
// For nothing: what a reading needs is compiled by it. Where all has to be read it costs more than it gives.
if (waits && base.cut !== null) {
  for (let turn = 0; turn < REHEARSALS; turn += 1) {
    readText(file);
    made(running.text);
  }
  // It may wait for days. Where nothing was rehearsed there is little to collect: 8 s later V8 would look at it once more, for
  // 100 ms beside the adverts.
  collect();
}

parentPort?.once('message', () => {
  const { found, bytes } = read();
  // Moved, not copied.
  parentPort?.postMessage(found, bytes === null ? [] : [bytes.buffer as ArrayBuffer]);
});

/** @returns also the bytes to move. */
function read(): { found: ThreadFound; bytes: Uint8Array | null } {
  const it = readText(file);
  if ('why' in it) {
    const found = { ok: false, problems: [{ file, line: 1, column: 1, path: '', message: it.why }] } as const;
    return { found, bytes: null };
  }
  const found = made(it.text);
  return found.ok ? { found: { ...found, text: it.bytes }, bytes: it.bytes } : { found, bytes: null };
}

function made(text: string): ReadFile {
  const { result, kept } = reread(text, file, base, host);
  if (!result.ok) return { ok: false, problems: result.problems };
  const { config, warnings } = result;
  const services = config.ipvs.services.filter((_, i) => kept[i] === null);
  const head = { ...config, ipvs: { ...config.ipvs, services } };
  const next = packPart(routerPart(config));
  return {
    ok: true,
    config: head,
    kept,
    text,
    durations,
    warnings,
    part: next,
    aside: samePart(part, next),
    blob: packEdit(blob, running, { config: head, kept, text }),
  };
}
