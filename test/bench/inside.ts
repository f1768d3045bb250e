/**
 * The part that needs a kernel with IPVS: `scripts/lab run` starts it on one. Prints the lines of JSON of its parts.
 *
 *     node …/test/bench/inside.js DIRECTORD.JS TRIALS SERVICES[,SERVICES…] SECONDS-AT-REST RELOADS LOADS SECONDS GROWN ADVERTS
 *
 * No trials: no table; no seconds at rest: no memory; no reloads: none; LOADS are `SERVERS@INTERVAL` in seconds, or `-`;
 * GROWN are numbers of servers, or `-`; ADVERTS are seconds for which they are written down, or 0.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { IMPLEMENTATIONS } from './daemons.js';

const [directord = '', trials = '1', sizes = '100', rest = '10', reloads = '0', ...more] = process.argv.slice(2);
const [loads = '-', seconds = '10', grown = '-', adverts = '0'] = more;
/** Beside adverts, checks of so many. */
const BESIDE = '10000';
/** Until memory is looked at. */
const SETTLED_S = '15';
const script = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

function inside(command: readonly string[]): void {
  const [program = '', ...args] = command;
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command.join(' ')}: exit status ${status}`);
}

/** In a fresh namespace: the kernel keeps removed servers for a while, and looks through them at each addition. */
const apart = (name: string, ...args: readonly string[]): void =>
  inside(['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh', process.execPath, script(name), ...args]);

for (const size of sizes.split(',')) {
  for (let trial = 0; trial < Number(trials); trial += 1) {
    for (const which of IMPLEMENTATIONS) apart('ipvs-start', which, size, directord);
    for (const which of IMPLEMENTATIONS) apart('ipvs-table', which, size);
  }
}
if (Number(rest) > 0) {
  for (const which of IMPLEMENTATIONS) inside([process.execPath, script('memory'), which, directord, rest]);
}
for (let trial = 0; trial < Number(reloads); trial += 1) {
  for (const which of IMPLEMENTATIONS) apart('ipvs-reload', which, sizes.split(',').at(-1) ?? '100', directord);
}
for (const load of loads === '-' ? [] : loads.split(',')) {
  const [servers = '', interval = ''] = load.split('@');
  for (const which of IMPLEMENTATIONS) apart('checks', which, directord, servers, interval, seconds);
}
for (const servers of grown === '-' ? [] : grown.split(',')) {
  for (const which of IMPLEMENTATIONS) apart('growth', which, directord, servers, SETTLED_S);
}
if (Number(adverts) > 0) {
  for (const which of IMPLEMENTATIONS) inside([process.execPath, script('adverts'), which, directord, BESIDE, adverts]);
}
