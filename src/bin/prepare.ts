import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { formatProblem, loadConfig } from '../config/load.js';
import { readHolds } from '../director/holds.js';
import { StateFiles } from '../director/state-files.js';
import { routerPart } from '../router/from-config.js';
import { removeLeftovers } from './leftovers.js';
import { openLog } from './log.js';
import { packRunning } from './packed.js';
import type { Prepared } from './prepared.js';
import { stateDir } from './state-dir.js';
import { lockState, sayLocked } from './state-lock.js';

/*
 * A process that ends before the router begins. It does what needs the whole configuration, and takes the memory for
 * that with it: a file of 10,000 servers leaves a hundred megabytes behind in a process that lives on.
 */

// Who was to get it may be gone.
process.on('disconnect', () => process.exit(1));
process.exitCode = await prepare(process.argv[2] ?? '');
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();

/** @returns the exit status: 0 handed over, 1 cannot run here, 2 the file is invalid. */
async function prepare(file: string): Promise<number> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return 2;
  }
  const { config, text } = loaded;
  const { socket } = config.control;
  if (await answers(socket)) {
    process.stderr.write(`directord: another directord answers on ${socket}; stop that one first\n`);
    return 1;
  }
  const log = await openLog('router', config.log.level);
  for (const warning of loaded.warnings) log.warn({ ...warning }, formatProblem(warning));
  const place = stateDir(config);
  // The director says it where this fails.
  await mkdir(place, { recursive: true, mode: 0o750 }).catch(() => {});
  const lock = lockState(place);
  if (lock === null) {
    sayLocked(place);
    return 1;
  }
  const store = new StateFiles(place);
  await removeLeftovers(config, text, store, log);
  const prepared: Prepared = {
    part: routerPart(config),
    blob: packRunning({ config, file: resolve(file) }, Buffer.from(text)),
    place,
    held: await readHolds(store, log),
  };
  // The router takes it, as soon as it reads this.
  lock.release();
  await new Promise<void>((sent) => process.send?.(prepared, undefined, undefined, () => sent()));
  return 0;
}

/** Is somebody listening on that socket? */
function answers(path: string): Promise<boolean> {
  return new Promise((told) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      told(true);
    });
    socket.once('error', () => told(false));
  });
}
