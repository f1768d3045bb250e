/**
 * Memory of one daemon that checks so many servers by TCP connections each 5 s: at rest after its start, and again after
 * a reload that took one server out. Needs a kernel with IPVS and a network namespace of its own; makes another for the
 * servers. Prints one line of JSON, kB of PSS a process.
 *
 *     unshare -n sh -c 'ip link set lo up; node …/test/bench/growth.js directord|keepalived DIRECTORD.JS SERVERS SECONDS'
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { farServers } from './far-servers.js';
import { commandOf, SERVERS, tableOf } from './ipvs-load.js';
import { Witness } from './ipvs-witness.js';
import { family, pss } from './process-figures.js';
import { Scope } from './scope.js';

const PATIENCE_MS = 180_000;
const CHECKING = { intervalSeconds: 5, timeoutSeconds: 1 };

const [who = '', directord = '', count = '1000', rest = '10'] = process.argv.slice(2);
const table = tableOf(Number(count) / SERVERS);
const scope = new Scope();
const witness = new Witness();
try {
  await farServers(scope, null);
  await witness.open();
  const [program = '', ...args] = commandOf(who, table, scope.folder, directord, CHECKING);
  const daemon = scope.start(null, [unshared(program), ...args], 'daemon.log');
  const servers = async (wanted: number): Promise<void> => {
    for (const begun = performance.now(); (await witness.servers()) !== wanted; await sleep(200)) {
      if (performance.now() - begun < PATIENCE_MS) continue;
      const log = readFileSync(join(scope.folder, 'daemon.log'), 'utf8').slice(-3000);
      throw new Error(`${who}: not ${wanted} servers in the table:\n${log}`);
    }
  };
  const memory = (): number[] => family(daemon.pid).map(pss);
  await servers(Number(count));
  await sleep(Number(rest) * 1000);
  const started = memory();
  const [first, ...others] = table;
  if (first === undefined) throw new Error('no services');
  commandOf(who, [{ ...first, servers: first.servers.slice(1) }, ...others], scope.folder, directord, CHECKING);
  process.kill(daemon.pid, 'SIGHUP');
  await servers(Number(count) - 1);
  await sleep(Number(rest) * 1000);
  const line = { kind: 'growth', who, servers: Number(count), started, reloaded: memory() };
  process.stdout.write(`${JSON.stringify(line)}\n`);
} finally {
  await scope.close();
  await witness.close();
}

/** We run on node as well, and what its processes share would be divided among us: a daemon has a node of its own. */
function unshared(program: string): string {
  if (program !== process.execPath) return program;
  const copy = join(scope.folder, 'node');
  copyFileSync(program, copy);
  return copy;
}
