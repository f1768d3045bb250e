/**
 * Adverts of 20 instances at 100 ms by a daemon that checks so many servers each 5 s by TCP connections, and reloads its
 * file again and again, each time with one server less. Makes namespaces of its own. Prints one line of JSON: a burden.
 * Where the kernel has no IPVS (directord only) there is no table to wait for, and the rest is as it is.
 *
 *     node …/test/bench/adverts.js directord|keepalived DIRECTORD.JS SERVERS SECONDS [RELOADS]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DesiredService } from '../../src/core/ipvs/table.js';
import { lateness, serving } from './burden.js';
import { directordVrrp, FAST, keepalivedVrrp, PRIORITIES } from './daemons.js';
import { farServers } from './far-servers.js';
import { directordYaml, keepalivedConf, SERVERS, tableOf } from './ipvs-load.js';
import { cpuOf, family } from './process-figures.js';
import { run, Scope } from './scope.js';
import { isAdvert, makeSwitch, Segment } from './segment.js';

const INSTANCES = 20;
const PATIENCE_MS = 180_000;
const SETTLING_MS = 8_000;
const CHECKING = { intervalSeconds: 5, timeoutSeconds: 1 };

const [who = '', directord = '', count = '10000', seconds = '20', times = '4'] = process.argv.slice(2);
const reloads = Number(times);
const table = tableOf(Number(count) / SERVERS);
const scope = new Scope();

const file = (name: string): string => join(scope.folder, name);
const CONFIG = file(who === 'directord' ? 'directord.yaml' : 'keepalived.conf');

function write(services: readonly DesiredService[], name: string): void {
  const vrrp = who === 'directord' ? directordVrrp(0, FAST, INSTANCES) : keepalivedVrrp(0, FAST, INSTANCES);
  const text =
    who === 'directord'
      ? directordYaml(services, scope.folder, CHECKING, vrrp)
      : keepalivedConf(services, CHECKING) + vrrp;
  writeFileSync(name, text);
}

function command(): string[] {
  if (who === 'directord') return [process.execPath, directord, 'run', '--config', CONFIG];
  const pids = ['-p', file('pid'), '-r', file('vrrp'), '-c', file('checkers')];
  return ['keepalived', '-n', '-l', '-f', CONFIG, ...pids];
}

/** The table without the first server of each of its first services. */
const without = (gone: number): DesiredService[] =>
  table.map((service, i) => (i < gone ? { ...service, servers: service.servers.slice(1) } : service));

try {
  // Its file shows that the kernel has IPVS only once that is loaded.
  spawnSync('modprobe', ['-q', 'ip_vs'], { stdio: 'ignore' });
  const segment = await Segment.make(scope, makeSwitch(scope), 'adverts', 2, false);
  const [host = ''] = segment.namespaces;
  await farServers(scope, host);
  write(table, CONFIG);
  const daemon = scope.start(host, command(), 'daemon.log');
  const servers = (): number => {
    const rows = run('ip', 'netns', 'exec', host, 'cat', '/proc/net/ip_vs').split('\n');
    return rows.filter((row) => row.startsWith('  -> ') && !row.includes('RemoteAddress')).length;
  };
  const stands = async (wanted: number): Promise<void> => {
    if (!existsSync('/proc/net/ip_vs')) return;
    for (let left = PATIENCE_MS; servers() !== wanted; left -= 1000) {
      const log = readFileSync(join(scope.folder, 'daemon.log'), 'utf8').slice(-3000);
      if (left <= 0) throw new Error(`${who}: not ${wanted} servers in the table:\n${log}`);
      await sleep(1000);
    }
  };
  await stands(Number(count));
  await serving(scope, segment, INSTANCES);
  // Beforehand: it is none of their work.
  for (let gone = 1; gone <= reloads; gone += 1) write(without(gone), `${CONFIG}.${gone}`);
  await sleep(SETTLING_MS);
  const record = await segment.record(scope);
  const [processes, from] = [family(daemon.pid), process.hrtime.bigint()];
  const before = cpuOf(processes);
  for (let gone = 1; gone <= reloads; gone += 1) {
    await sleep((Number(seconds) * 1000) / (reloads + 1));
    renameSync(`${CONFIG}.${gone}`, CONFIG);
    process.kill(daemon.pid, 'SIGHUP');
  }
  await sleep((Number(seconds) * 1000) / (reloads + 1));
  const cpu = cpuOf(processes) - before;
  const lasted = Number(process.hrtime.bigint() - from) / 1000;
  const packets = (await record.stop()).filter(isAdvert(0, PRIORITIES[0]));
  await stands(Number(count) - reloads);
  const found = { ...lateness(packets, FAST.intervalMs * 1000, INSTANCES), cpu, lasted };
  process.stdout.write(`${JSON.stringify({ kind: 'adverts', who, servers: Number(count), reloads, ...found })}\n`);
} finally {
  await scope.close();
}
