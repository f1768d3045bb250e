import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { loadConfig } from '../config/load.js';
import type { ReadFile } from '../director/reload.js';
import { routerPart } from '../router/from-config.js';
import { packPart } from '../router/packed.js';
import { packRunning } from './packed.js';

// Of this thread only (setpriority(2)): adverts and checks go before the reading of a file.
const NICE = 10;

try {
  setPriority(0, NICE);
} catch {
  // Then it competes like any other thread.
}

const { file } = workerData as { file: string };
parentPort?.postMessage(await read());

async function read(): Promise<ReadFile> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) return { ok: false, problems: loaded.problems };
  const { config, text, warnings } = loaded;
  const part = packPart(routerPart(config));
  return { ok: true, config, text, warnings, part, blob: packRunning({ config, file }) };
}
