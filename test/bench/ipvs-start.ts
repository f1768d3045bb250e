/**
 * A whole start of one daemon, from its execution to the last server in the kernel's IPVS table. Needs a kernel with IPVS,
 * and a network namespace of its own with `lo` up. Prints one line of JSON, times in ms.
 *
 *     node …/test/bench/ipvs-start.js directord|keepalived SERVICES DIRECTORD.JS
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DesiredService, serverId, serviceId } from '../../src/core/ipvs/table.js';
import { GenericNetlink } from '../../src/kernel/generic-netlink.js';
import { KernelIpvs } from '../../src/kernel/ipvs.js';
import { native } from '../../src/kernel/native.js';
import { encodeDumpServers } from '../../src/wire/ipvs.js';
import { IPVS_GENL_NAME } from '../../src/wire/ipvs-constants.js';
import { NetlinkWriter } from '../../src/wire/netlink.js';
import { keepalivedConf, SERVERS, tableOf } from './ipvs-load.js';

const PATIENCE_MS = 90_000;
/** Looks take time from the daemon where there is one CPU: so often, and later with this share of the time so far. */
const LOOK_EVERY_MS = 5;
const LOOK_SHARE = 0.02;

function directordYaml(table: readonly DesiredService[], folder: string): string {
  const services = table.map(({ key, servers }) => {
    const rows = servers.map((row) => `        - { address: '${serverId(row.key)}' }`);
    const head = `    - address: ${serviceId(key).slice(4)}\n      scheduler: rr\n      forward: dr\n      servers:`;
    return [head, ...rows].join('\n');
  });
  const own = `state_dir: ${folder}/state\ncontrol: { socket: ${folder}/control.sock, group: root }`;
  return `router_id: bench\n${own}\nipvs:\n  services:\n${services.join('\n')}\n`;
}

function command(who: string, table: readonly DesiredService[], folder: string, directord: string): string[] {
  const file = (name: string): string => join(folder, name);
  if (who === 'directord') {
    writeFileSync(file('directord.yaml'), directordYaml(table, folder));
    return [process.execPath, directord, 'run', '--config', file('directord.yaml')];
  }
  writeFileSync(file('keepalived.conf'), keepalivedConf(table));
  return ['keepalived', '-n', '-l', '-C', '-f', file('keepalived.conf'), '-p', file('pid'), '-c', file('checkers')];
}

/** Looks at the kernel's table. */
class Witness {
  readonly #socket = new GenericNetlink(native);
  readonly #ipvs = new KernelIpvs(native);
  #family = 0;

  async open(): Promise<void> {
    const family = await this.#socket.family(IPVS_GENL_NAME);
    if (typeof family !== 'number') throw new Error('this kernel has no IPVS');
    this.#family = family;
  }

  async serversOf(key: DesiredService['key']): Promise<number> {
    const w = new NetlinkWriter();
    encodeDumpServers(w, { family: this.#family, sequence: this.#socket.sequences(1) }, key);
    return (await this.#socket.exchange(w.take(), 1)).rows.length;
  }

  /** Whether all of it is there, each server of each service. */
  async complete(table: readonly DesiredService[]): Promise<boolean> {
    const found = await this.#ipvs.dump();
    if ('code' in found) throw new Error(`cannot read the table: ${found.code}`);
    const counts = new Map(found.map((service) => [serviceId(service.key), service.servers.length]));
    return table.every((service) => counts.get(serviceId(service.key)) === SERVERS);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#ipvs.close();
  }
}

const [who = '', count = '100', directord = ''] = process.argv.slice(2);
const table = tableOf(Number(count));
const [first, last] = [table[0]?.key, table.at(-1)?.key];
if (first === undefined || last === undefined) throw new Error('no services to put');
const folder = mkdtempSync(join(tmpdir(), 'directord-bench-'));
const witness = new Witness();
await witness.open();
const [program = '', ...args] = command(who, table, folder, directord);
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
  const whole = (await witness.complete(table)) ? ended : await until(() => witness.complete(table));
  process.stdout.write(`${JSON.stringify({ kind: 'start', who, services: table.length, begun, whole })}\n`);
} finally {
  child.kill('SIGTERM');
  await over;
  await witness.close();
  rmSync(folder, { recursive: true, force: true });
}
