/**
 * A whole start of one daemon, from its execution to the last server in the kernel's IPVS table. Needs a kernel with IPVS,
 * and a network namespace of its own with `lo` up. Prints one line of JSON, times in ms.
 *
 *     node …/test/bench/ipvs-start.js directord|keepalived SERVICES DIRECTORD.JS
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, SERVERS, tableOf } from './ipvs-load.js';
import { Witness } from './ipvs-witness.js';

const PATIENCE_MS = 90_000;
/** Looks take time from the daemon where there is one CPU: so often, and later with this share of the time so far. */
const LOOK_EVERY_MS = 5;
const LOOK_SHARE = 0.02;

const [who = '', count = '100', directord = ''] = process.argv.slice(2);
const table = tableOf(Number(count));
const [first, last] = [table[0]?.key, table.at(-1)?.key];
if (first === undefined || last === undefined) throw new Error('no services to put');
const folder = mkdtempSync(join(tmpdir(), 'directord-bench-'));
const witness = new Witness();
await witness.open();
const [program = '', ...args] = commandOf(who, table, folder, directord);
const log = openSync(join(folder, 'log'), 'w');
const start = performance.now();
const child = spawn(program, args, { stdio: ['ignore', log, log] });
closeSync(log);
const over = once(child, 'exit');
try {
  const until = async (done: () => Promise<boolean>): Promise<number> => {
    for (;;) {
      const at = performance.now();
      if (await done()) return at - start;
      const said = (): string => readFileSync(join(folder, 'log'), 'utf8').slice(-2000);
      if (child.exitCode !== null) throw new Error(`${who} ended: ${said()}`);
      if (at - start > PATIENCE_MS) throw new Error(`${who} does not fill the table: ${said()}`);
      await sleep(Math.max(LOOK_EVERY_MS, LOOK_SHARE * (at - start)));
    }
  };
  const begun = await until(async () => (await witness.serversOf(first)) > 0);
  const ended = await until(async () => (await witness.serversOf(last)) === SERVERS);
  const whole = (await witness.complete(table, SERVERS)) ? ended : await until(() => witness.complete(table, SERVERS));
  process.stdout.write(`${JSON.stringify({ kind: 'start', who, services: table.length, begun, whole })}\n`);
} finally {
  child.kill('SIGTERM');
  await over;
  await witness.close();
  rmSync(folder, { recursive: true, force: true });
}
