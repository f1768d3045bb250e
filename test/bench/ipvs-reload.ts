/**
 * How long a reload takes that removes one server, from the signal until it is out of the kernel's table. Needs a kernel
 * with IPVS, and a network namespace of its own with `lo` up. Prints one line of JSON, times in ms.
 *
 *     node …/test/bench/ipvs-reload.js directord|keepalived SERVICES DIRECTORD.JS
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, SERVERS, tableOf } from './ipvs-load.js';
import { Witness } from './ipvs-witness.js';
import { Scope } from './scope.js';

const PATIENCE_MS = 90_000;
/** What follows a start is over. */
const SETTLED_MS = 12_000;
const REST_MS = 3_000;

const [who = '', count = '100', directord = ''] = process.argv.slice(2);
const table = tableOf(Number(count));
const scope = new Scope();
const witness = new Witness();
try {
  await witness.open();
  const daemon = scope.start(null, commandOf(who, table, scope.folder, directord), 'daemon.log');
  const log = (): string => readFileSync(join(scope.folder, 'daemon.log'), 'utf8');
  const until = async (done: () => Promise<boolean>, every: number): Promise<void> => {
    for (const begun = performance.now(); !(await done()); await sleep(every)) {
      if (performance.now() - begun > PATIENCE_MS) throw new Error(`${who} does not get there:\n${log().slice(-2000)}`);
    }
  };
  await until(() => witness.complete(table, SERVERS), 200);
  await sleep(SETTLED_MS);
  const changed = [...table];
  const middle = Math.floor(table.length / 2);
  const service = table[middle];
  if (service === undefined) throw new Error('no services');
  changed[middle] = { ...service, servers: service.servers.slice(1) };
  commandOf(who, changed, scope.folder, directord);
  const said = log().length;
  const start = performance.now();
  process.kill(daemon.pid, 'SIGHUP');
  await until(async () => (await witness.serversOf(service.key)) === SERVERS - 1, 2);
  const took = performance.now() - start;
  await sleep(REST_MS);
  if ((await witness.servers()) !== table.length * SERVERS - 1)
    throw new Error(`${who} changed something else as well`);
  // What directord says of the changes that it has made.
  const changes = [
    ...log()
      .slice(said)
      .matchAll(/"changes":(\d+),"msg":"table /g),
  ].reduce((sum, [, n]) => sum + Number(n), 0);
  if (who === 'directord' && changes !== 1) throw new Error(`${changes} changes of the table for one server`);
  process.stdout.write(
    `${JSON.stringify({ kind: 'reload', who, services: table.length, took: Math.round(took * 10) / 10 })}\n`,
  );
} finally {
  await scope.close();
  await witness.close();
}
