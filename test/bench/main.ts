/** Measures directord beside Debian's keepalived: see options.ts for what it takes, environment.ts for how. */
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BURDENS, measureKind } from './burdens.js';
import { Daemons, FAST, FASTEST, type Speech, VERSION_2 } from './daemons.js';
import { environment, METHOD, startNow } from './environment.js';
import { JitterWatch } from './jitter.js';
import { measureInside } from './lab-part.js';
import { type Options, readOptions, usage } from './options.js';
import {
  advertsTable,
  checksTables,
  growthTable,
  ipvsTable,
  jitterTable,
  markdown,
  memoryTable,
  plain,
  reloadTable,
  type Table,
  takeoverTable,
  verdicts,
} from './report.js';
import { Scope } from './scope.js';
import { makeSwitch } from './segment.js';
import { measureTakeovers } from './takeover.js';

const repo = resolve(fileURLToPath(new URL('../../../..', import.meta.url)));
const SPEECHES = [VERSION_2, FAST, FASTEST] as const;
/** Until a lone daemon is master and on its grid. */
const JITTER_SETTLING_MS = 6000;

const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);

/** A speech in words. */
const often = ({ version, intervalMs }: Speech): string =>
  `${intervalMs === 1000 ? 'second' : `${intervalMs} ms`} (VRRPv${version})`;

async function measureTakeover(scope: Scope, options: Options, speech: Speech): Promise<Table> {
  const total = 2 * options.trials;
  const tell = (done: number): void => say(`takeovers, adverts each ${often(speech)}: ${done} of ${total} turns`);
  const daemons = new Daemons(scope, options.directord);
  const found = await measureTakeovers(scope, makeSwitch(scope), daemons, speech, options.trials, tell);
  return takeoverTable(often(speech), found);
}

async function measureJitter(scope: Scope, options: Options): Promise<Table[]> {
  const daemons = new Daemons(scope, options.directord);
  const network = makeSwitch(scope);
  const tables: (() => Table)[] = [];
  for (const speech of SPEECHES) {
    const directord = await JitterWatch.start(scope, network, daemons, 'directord', speech);
    const keepalived = await JitterWatch.start(scope, network, daemons, 'keepalived', speech);
    tables.push(() =>
      jitterTable(`Adverts each ${often(speech)}`, { directord: directord.result(), keepalived: keepalived.result() }),
    );
  }
  say(`adverts are written down for ${options.jitterSeconds} s`);
  await sleep(JITTER_SETTLING_MS + options.jitterSeconds * 1000);
  return tables.map((table) => table());
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
  const tables: Table[] = [];
  for (const speech of options.parts.has('takeover') ? SPEECHES : []) {
    tables.push(await phase((scope) => measureTakeover(scope, options, speech)));
  }
  if (options.parts.has('jitter')) tables.push(...(await phase((scope) => measureJitter(scope, options))));
  for (const name of ['many', 'busy', 'flood'] as const) {
    if (!options.parts.has(name)) continue;
    say(BURDENS[name].title);
    tables.push(await measureKind(phase, name, repo, options.directord));
  }
  let kernel: string | null = null;
  if ((['table', 'memory', 'growth', 'reload', 'checks', 'adverts'] as const).some((part) => options.parts.has(part))) {
    const script = join(repo, '.lab/bench/test/bench/inside.js');
    const inside = await phase((scope) => measureInside(scope, repo, script, options, say));
    kernel = inside.kernel;
    if (options.parts.has('table')) tables.push(ipvsTable(inside));
    if (options.parts.has('memory')) tables.push(memoryTable(inside));
    if (options.parts.has('growth')) tables.push(growthTable(inside));
    if (options.parts.has('reload')) tables.push(reloadTable(inside));
    if (options.parts.has('checks')) tables.push(...checksTables(inside));
    if (options.parts.has('adverts')) tables.push(advertsTable(inside));
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
