/**
 * What TCP checks of many servers cost one daemon, how soon it knows that some have fallen silent, and its memory with
 * them. Needs a kernel with IPVS and a network namespace of its own; makes another for the servers. Prints one line of JSON.
 *
 *     unshare -n sh -c 'ip link set lo up; node …/test/bench/checks.js directord|keepalived DIRECTORD.JS SERVERS INTERVAL-S SECONDS'
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DesiredService } from '../../src/core/ipvs/table.js';
import { commandOf, SERVERS, tableOf } from './ipvs-load.js';
import { Witness } from './ipvs-witness.js';
import { cpuOf, family, pss } from './process-figures.js';
import { run, Scope } from './scope.js';

const PATIENCE_MS = 120_000;
/** To read all of a large table keeps the processor from the daemon. */
const LOOK_MS = { all: 1_000, fallen: 40 };
const TIMEOUT_S = 1;
/** Servers that fall silent: a fortieth of 10,000. */
const SILENT = '10.128.1.';
const REST_MS = 3_000;

/**
 * Listens on all ports of a table, at every address; accepts what has come twenty times a second, when nobody else wants
 * the processor, and closes it. No client waits for that: the kernel answers by itself, also the end of a connection (see
 * `quickack`).
 */
const LISTENERS = `
import os, select, socket, time
os.nice(19)
poll = select.epoll()
all = {}
for port in range(1000, 1100):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(('0.0.0.0', port))
    s.listen(4096)
    s.setblocking(False)
    all[s.fileno()] = s
    poll.register(s, select.EPOLLIN)
while True:
    for fd, _ in poll.poll(-1, 100):
        try:
            while True:
                os.close(all[fd]._accept()[0])
        except BlockingIOError:
            pass
    time.sleep(0.05)
`;

/**
 * At a word on its standard input lets all of ${SILENT}0/24 be silent, by a blackhole in the table `local`, and tells when
 * the kernel had it: CLOCK_MONOTONIC, ns. A `struct rtmsg` and its RTA_DST (linux/rtnetlink.h).
 */
const SILENCER = `
import socket, struct, sys, time
route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
route.bind((0, 0))
RTM_NEWROUTE, REQUEST_ACK_EXCL_CREATE, RTPROT_BOOT, RT_TABLE_LOCAL, RTN_BLACKHOLE, RTA_DST = 24, 0x605, 3, 255, 6, 1
body = struct.pack('=8BI', socket.AF_INET, 24, 0, 0, RT_TABLE_LOCAL, RTPROT_BOOT, 0, RTN_BLACKHOLE, 0)
body += struct.pack('=HH', 8, RTA_DST) + socket.inet_aton('${SILENT}0')
print('ready', flush=True)
sys.stdin.readline()
route.send(struct.pack('=IHHII', 16 + len(body), RTM_NEWROUTE, REQUEST_ACK_EXCL_CREATE, 1, 0) + body)
error = struct.unpack_from('=i', route.recv(4096), 16)[0]
print(f'error {error}' if error else time.monotonic_ns(), flush=True)
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
  // keepalived closes with SO_LINGER and waits until the server's kernel acknowledges: by itself that takes 40 ms.
  run('ip', '-n', far, 'route', 'change', '10.64.0.0/24', 'dev', 'eth1', 'quickack', '1');
  // Behind a gateway, so that no neighbour table is in the way; all of the network is the gateway's own.
  run('ip', 'route', 'add', '10.128.0.0/16', 'via', '10.64.0.2');
  run('ip', '-n', far, 'route', 'add', 'local', '10.128.0.0/16', 'dev', 'lo');
  scope.start(far, ['python3', '-c', LISTENERS], 'listeners.log');
  await sleep(500);
  await witness.open();
  const daemon = scope.start(null, commandOf(who, table, scope.folder, directord, checking), 'daemon.log');
  const until = async (done: () => Promise<boolean>, what: string, pause: number): Promise<void> => {
    for (const begun = performance.now(); !(await done()); await sleep(pause)) {
      if (performance.now() - begun < PATIENCE_MS) continue;
      throw new Error(
        `${who}: ${what}: not seen:\n${readFileSync(join(scope.folder, 'daemon.log'), 'utf8').slice(-3000)}`,
      );
    }
  };
  await until(() => witness.complete(table, SERVERS), 'all servers', LOOK_MS.all);
  await sleep(REST_MS + 1_000 * checking.intervalSeconds);
  // Started beforehand: a start takes longer than what is measured may.
  const silencer = spawn('ip', ['netns', 'exec', far, 'python3', '-c', SILENCER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const words = createInterface(silencer.stdout)[Symbol.asyncIterator]();
  await words.next();
  const processes = family(daemon.pid);
  const before = { cpu: cpuOf(processes), opened: opened(), at: performance.now() };
  await sleep(Number(seconds) * 1_000);
  const after = { cpu: cpuOf(processes), opened: opened(), at: performance.now() };
  const memory = processes.map(pss);
  const checks = after.opened - before.opened;

  const fallen = (s: DesiredService): number => s.servers.filter((r) => r.key.address.startsWith(SILENT)).length;
  const concerned = table.filter((s) => fallen(s) > 0);
  const hit = concerned.reduce((sum, s) => sum + fallen(s), 0);
  const left = new Map(concerned.map((service) => [service, fallen(service)]));
  silencer.stdin.end('now\n');
  const { value: answer } = await words.next();
  if (!/^\d+$/.test(String(answer))) throw new Error(`the servers could not be silenced: ${answer}`);
  const silent = BigInt(answer);
  const since = (): number => Number(process.hrtime.bigint() - silent) / 1e6;
  let first = 0;
  await until(
    async () => {
      let gone = 0;
      for (const service of concerned) {
        // A service that has lost all of them is not looked at again.
        if (left.get(service) !== 0)
          left.set(service, (await witness.serversOf(service.key)) - SERVERS + fallen(service));
        gone += fallen(service) - (left.get(service) ?? 0);
      }
      if (first === 0 && gone > 0) first = since();
      return gone >= hit;
    },
    `${hit} servers out`,
    LOOK_MS.fallen,
  );
  const last = since();
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
