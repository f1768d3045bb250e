/**
 * How long it takes to put services with 10 servers each into the kernel's IPVS table; for directord also to read them
 * back and to see that nothing is to be done. Needs a kernel with IPVS and a network namespace of its own for each run:
 * the kernel keeps removed servers for a while and looks through them at each addition.
 *
 *     unshare -n sh -c 'ip link set lo up; node …/test/bench/ipvs-table.js directord|keepalived [SERVICES]'
 *
 * By default 1000; prints JSON, times in ms.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { plan } from '../../src/core/ipvs/plan.js';
import type { ActualService, DesiredService, TableChange } from '../../src/core/ipvs/table.js';
import { serviceId } from '../../src/core/ipvs/table.js';
import { GenericNetlink } from '../../src/kernel/generic-netlink.js';
import { KernelIpvs } from '../../src/kernel/ipvs.js';
import { native } from '../../src/kernel/native.js';
import { formatFailure } from '../../src/values/failure.js';
import { encodeDumpServers } from '../../src/wire/ipvs.js';
import { IPVS_GENL_NAME } from '../../src/wire/ipvs-constants.js';
import { NetlinkWriter } from '../../src/wire/netlink.js';
import { keepalivedConf, SERVERS, tableOf } from './ipvs-load.js';

const PATIENCE_MS = 60_000;

async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const value = await work();
  return [value, performance.now() - start];
}

async function read(ipvs: KernelIpvs): Promise<readonly ActualService[]> {
  const table = await ipvs.dump();
  if ('code' in table) throw new Error(formatFailure(table));
  return table;
}

async function put(ipvs: KernelIpvs, changes: readonly TableChange[]): Promise<void> {
  const bad = (await ipvs.apply(changes)).find((failure) => failure !== null);
  if (bad) throw new Error(formatFailure(bad));
}

async function directord(ipvs: KernelIpvs, desired: readonly DesiredService[]): Promise<Record<string, number>> {
  const owned = new Set(desired.map((service) => serviceId(service.key)));
  const [changes, planning] = await timed(() => plan(desired, [], owned));
  const [, putting] = await timed(() => put(ipvs, changes));
  const [table, reading] = await timed(() => read(ipvs));
  const [rest, comparing] = await timed(() => plan(desired, table, owned));
  if (rest.length > 0) throw new Error(`${rest.length} changes are left after applying`);
  const [, clearing] = await timed(() => put(ipvs, plan([], table, owned)));
  return { planning, putting, reading, comparing, clearing };
}

/** From keepalived's start to the last server of the last service, and from the first service's first server on. */
async function keepalived(desired: readonly DesiredService[]): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'directord-bench-'));
  const socket = new GenericNetlink(native);
  const family = await socket.family(IPVS_GENL_NAME);
  const first = desired[0]?.key;
  const last = desired.at(-1)?.key;
  if (typeof family !== 'number' || first === undefined || last === undefined) throw new Error('no IPVS, or no table');
  const rows = async (key: typeof first): Promise<number> => {
    const w = new NetlinkWriter();
    encodeDumpServers(w, { family, sequence: socket.sequences(1) }, key);
    return (await socket.exchange(w.take(), 1)).rows.length;
  };
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('conf'), keepalivedConf(desired));
  const args = ['-n', '-l', '-C', '-f', file('conf'), '-p', file('pid'), '-c', file('checkers')];
  const start = performance.now();
  const child = spawn('keepalived', args, { stdio: 'ignore' });
  const over = once(child, 'exit');
  try {
    const until = async (done: () => Promise<boolean>): Promise<void> => {
      while (!(await done())) {
        if (performance.now() - start > PATIENCE_MS) throw new Error('keepalived does not fill the table');
        await sleep(2);
      }
    };
    await until(async () => (await rows(first)) > 0);
    const begun = performance.now();
    await until(async () => (await rows(last)) === SERVERS);
    return { starting: begun - start, putting: performance.now() - begun };
  } finally {
    child.kill('SIGTERM');
    await over;
    socket.close();
    rmSync(folder, { recursive: true });
  }
}

const [who, count = '1000'] = process.argv.slice(2);
const ipvs = new KernelIpvs(native);
if ((await read(ipvs)).length > 0) throw new Error('the IPVS table of this network namespace is not empty');
const desired = tableOf(Number(count));
const figures = who === 'keepalived' ? await keepalived(desired) : await directord(ipvs, desired);
const rounded = Object.entries(figures).map(([name, ms]) => [name, Math.round(ms * 10) / 10]);
process.stdout.write(
  `${JSON.stringify({ who, services: Number(count), servers: SERVERS, ...Object.fromEntries(rounded) })}\n`,
);
await ipvs.close();
