/** Measures directord beside Debian's keepalived: see options.ts for what it takes, environment.ts for how. */
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Both, Daemons, FAST, IMPLEMENTATIONS, type Speech, VERSION_2 } from './daemons.js';
import { environment, METHOD, startNow } from './environment.js';
import { type Jitter, JitterWatch } from './jitter.js';
import { measureInside } from './lab-part.js';
import { type Options, readOptions, usage } from './options.js';
import { ipvsTable, jitterTable, markdown, memoryTable, plain, type Table, takeoverTable, verdicts } from './report.js';
import { Scope } from './scope.js';
import { makeSwitch } from './segment.js';
import { measureTakeovers } from './takeover.js';

const repo = resolve(fileURLToPath(new URL('../../../..', import.meta.url)));
const NOT_YET = 'not yet: v3';

const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);

/** Takeovers and adverts, side by side where both are wanted. */
async function measureVrrp(scope: Scope, options: Options): Promise<Table[]> {
  const wanted = (part: 'takeover' | 'jitter'): boolean => options.parts.has(part);
  if (!wanted('takeover') && !wanted('jitter')) return [];
  const daemons = new Daemons(scope, options.directord);
  const network = makeSwitch(scope);
  const watch = async (speech: Speech): Promise<() => Both<Jitter | string>> => {
    const both: Partial<Record<(typeof IMPLEMENTATIONS)[number], JitterWatch>> = {};
    for (const which of IMPLEMENTATIONS) {
      if (which === 'directord' && !daemons.speaks(speech)) continue;
      both[which] = await JitterWatch.start(scope, network, daemons, which, speech);
    }
    return () => ({
      directord: both.directord?.result() ?? NOT_YET,
      keepalived: both.keepalived?.result() ?? NOT_YET,
    });
  };
  const slow = wanted('jitter') ? await watch(VERSION_2) : null;
  const fast = wanted('jitter') ? await watch(FAST) : null;
  const tables: Table[] = [];
  if (wanted('takeover')) {
    const total = 2 * options.trials;
    const tell = (done: number): void => say(`takeovers: ${done} of ${total} turns`);
    tables.push(takeoverTable(await measureTakeovers(scope, network, daemons, options.trials, tell)));
  } else {
    say(`adverts are written down for ${options.jitterSeconds} s`);
    await sleep(options.jitterSeconds * 1000);
  }
  if (slow !== null) tables.push(jitterTable('Adverts each second (VRRPv2)', slow()));
  if (fast !== null) tables.push(jitterTable('Adverts each 100 ms (VRRPv3)', fast()));
  return tables;
}

let current: Scope | null = null;
let interrupted = false;

/** One phase after another, each alone on the machine; whatever happens, nothing of it stays. */
async function phase<T>(work: (scope: Scope) => Promise<T>): Promise<T> {
  if (interrupted) throw new Error('interrupted');
  current = new Scope();
  try {
    return await work(current);
  } finally {
    await current.close();
  }
}

async function measure(options: Options): Promise<void> {
  const start = startNow();
  const tables = await phase((scope) => measureVrrp(scope, options));
  let kernel: string | null = null;
  if (options.parts.has('table') || options.parts.has('memory')) {
    const script = join(repo, '.lab/bench/test/bench/inside.js');
    const inside = await phase((scope) => measureInside(scope, repo, script, options, say));
    kernel = inside.kernel;
    if (options.parts.has('table')) tables.push(ipvsTable(inside));
    if (options.parts.has('memory')) tables.push(memoryTable(inside));
  }
  const where = environment(options, kernel, start);
  process.stdout.write(`\n${tables.map(plain).join('\n')}\n${where.map((line) => `${line}\n`).join('')}`);
  if (!options.write) return;
  writeFileSync(join(repo, 'docs/benchmarks.md'), document(tables, where));
  say('written to docs/benchmarks.md');
}

function document(tables: readonly Table[], where: readonly string[]): string {
  const head = `# directord beside keepalived

Written by \`npm run bench\`; the figures are those of one run. Less is better in every table; a ratio is directord's
figure divided by keepalived's.

## What ran where

${where.map((line) => `- ${line}`).join('\n')}

## Figures
`;
  return [head, ...tables.map(markdown), '## In short', '', ...verdicts(tables), METHOD].join('\n');
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), join(repo, 'dist/bin/directord.js'));
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  if (process.getuid?.() !== 0) throw new Error('needs root, for network namespaces and raw sockets');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted = true;
      say(`${signal}: ending everything`);
      // Everything that a phase waits for ends with its scope; but nobody shall wait for its patience.
      void (current?.close() ?? Promise.resolve()).then(() => process.exit(128 + constants.signals[signal]));
    });
  }
  await measure(options);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
