/**
 * What TCP checks of many servers cost one daemon, how soon it knows that some have fallen silent, and its memory with
 * them. Needs a kernel with IPVS and a network namespace of its own; makes another for the servers. Prints one line of JSON.
 *
 *     unshare -n sh -c 'ip link set lo up; node …/test/bench/checks.js directord|keepalived DIRECTORD.JS SERVERS INTERVAL-S SECONDS'
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, SERVERS, tableOf } from './ipvs-load.js';
import { Witness } from './ipvs-witness.js';
import { cpuOf, family, pss } from './process-figures.js';
import { run, Scope } from './scope.js';

const PATIENCE_MS = 60_000;
const TIMEOUT_S = 1;
/** Servers that fall silent: 10.128.1.0/24, a fortieth of 10,000. */
const SILENT = '10.128.1.0/24';
const REST_MS = 3_000;

/** Listens on all ports of a table, at every address, and never accepts: the kernel answers by itself. */
const LISTENERS = `
import socket, signal
all = []
for port in range(1000, 1100):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 1)
    s.bind(('0.0.0.0', port))
    s.listen(4096)
    all.append(s)
print('ready', flush=True)
signal.pause()
`;

const [who = '', directord = '', count = '1000', interval = '1', seconds = '10'] = process.argv.slice(2);
const servers = Number(count);
const checking = { intervalSeconds: Number(interval), timeoutSeconds: TIMEOUT_S };
const table = tableOf(servers / SERVERS);

/** Connections that this namespace has begun. */
function opened(): number {
  const [names = [], values = []] = readFileSync('/proc/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('ActiveOpens')]);
}

const scope = new Scope();
const witness = new Witness();
try {
  const far = scope.namespace('servers');
  run('ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth1', 'netns', far);
  run('ip', 'address', 'add', '10.64.0.1/24', 'dev', 'eth1');
  run('ip', 'link', 'set', 'eth1', 'up');
  run('ip', '-n', far, 'address', 'add', '10.64.0.2/24', 'dev', 'eth1');
  run('ip', '-n', far, 'link', 'set', 'eth1', 'up');
  // Behind a gateway, so that no neighbour table is in the way; all of the network is the gateway's own.
  run('ip', 'route', 'add', '10.128.0.0/16', 'via', '10.64.0.2');
  run('ip', '-n', far, 'route', 'add', 'local', '10.128.0.0/16', 'dev', 'lo');
  scope.start(far, ['python3', '-c', LISTENERS], 'listeners.log');
  await sleep(500);
  await witness.open();
  const daemon = scope.start(null, commandOf(who, table, scope.folder, directord, checking), 'daemon.log');
  const until = async (done: () => Promise<boolean>, what: string): Promise<void> => {
    for (const begun = performance.now(); !(await done()); await sleep(50)) {
      if (performance.now() - begun < PATIENCE_MS) continue;
      throw new Error(
        `${who}: ${what}: not seen:\n${readFileSync(join(scope.folder, 'daemon.log'), 'utf8').slice(-3000)}`,
      );
    }
  };
  await until(() => witness.complete(table, SERVERS), 'all servers');
  await sleep(REST_MS + 1_000 * checking.intervalSeconds);
  const processes = family(daemon.pid);
  const before = { cpu: cpuOf(processes), opened: opened(), at: performance.now() };
  await sleep(Number(seconds) * 1_000);
  const after = { cpu: cpuOf(processes), opened: opened(), at: performance.now() };
  const memory = processes.map(pss);
  const checks = after.opened - before.opened;

  const silent = performance.now();
  run('ip', '-n', far, 'route', 'add', 'blackhole', SILENT, 'table', 'local');
  const hit = table.flatMap((s) => s.servers).filter((s) => s.key.address.startsWith('10.128.1.')).length;
  let first = 0;
  await until(async () => {
    const gone = servers - (await witness.servers());
    if (first === 0 && gone > 0) first = performance.now() - silent;
    return gone >= hit;
  }, `${hit} servers out`);
  const last = performance.now() - silent;
  process.stdout.write(
    `${JSON.stringify({
      kind: 'checks',
      who,
      servers,
      interval: checking.intervalSeconds,
      timeout: TIMEOUT_S,
      checks,
      rate: Math.round((checks / (after.at - before.at)) * 1e4) / 10,
      // Processor time of all its processes, µs a check.
      each: Math.round(((after.cpu - before.cpu) / checks) * 10) / 10,
      share: Math.round(((after.cpu - before.cpu) / (after.at - before.at)) * 1e2) / 1e3,
      hit,
      first: Math.round(first),
      last: Math.round(last),
      memory,
    })}\n`,
  );
} finally {
  await scope.close();
  await witness.close();
}
