import { hostname, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { durationKeys } from '../config/duration-keys.js';
import { readText } from '../config/load.js';
import { reread } from '../config/reread.js';
import type { ReadFile } from '../director/reload.js';
import { routerPart } from '../router/from-config.js';
import { packPart } from '../router/packed.js';
import { packRunning, unpackRunning } from './packed.js';

// Of this thread only (setpriority(2)): adverts and checks go before the reading of a file.
const NICE = 2;

try {
  setPriority(0, NICE);
} catch {
  // Then it competes like any other thread.
}

const { blob } = workerData as { blob: Uint8Array };
parentPort?.postMessage(await read());

async function read(): Promise<ReadFile> {
  const running = unpackRunning(blob);
  const { file } = running;
  const text = await readText(file);
  if (typeof text !== 'string') {
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', message: text.why }] };
  }
  const { result, kept } = reread(text, file, running, hostname());
  if (!result.ok) return { ok: false, problems: result.problems };
  const { config, warnings } = result;
  const services = config.ipvs.services.filter((_, i) => kept[i] === null);
  return {
    ok: true,
    config: { ...config, ipvs: { ...config.ipvs, services } },
    kept,
    text,
    durations: [...durationKeys()],
    warnings,
    part: packPart(routerPart(config)),
    blob: packRunning({ config, file, text }),
  };
}
