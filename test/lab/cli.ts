import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findLabs } from './run/find.js';
import { sweep } from './run/live.js';
import { run } from './run/run.js';
import { askDown, shell } from './run/shell.js';
import { type Director, showcases } from './show.js';

const usage = `The real-kernel lab.

  scripts/lab run [--needs ipvs|net] [--timeout 10m] [--memory MiB] [--kernel auto|direct|uml] -- COMMAND…
      runs COMMAND as root on a real kernel: this machine's own where that has what is needed and lets us, else User Mode Linux
  scripts/lab up TOPOLOGY [--director keepalived|directord] [--kernel …]
      brings a topology up (there is: scenario1) and keeps it until ^C or \`scripts/lab down\`
  scripts/lab shell HOST [--lab NAME] [-- COMMAND…]
      from another terminal: a shell in a host of a running lab
  scripts/lab list
      the running labs and their hosts
  scripts/lab down [NAME]
      ends a running lab; without a name those that \`up\` started
  scripts/lab clean
      removes what dead labs left
`;

const durationMs = (text: string): number => {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  if (match === null) {
    throw new Error(`--timeout ${text}: want a number with its unit, like 90s or 10m`);
  }
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
  return Number(match[1]) * unit;
};

const oneOf = <T extends string>(name: string, value: string, allowed: readonly T[]): T => {
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    throw new Error(`--${name} ${value}: want one of ${allowed.join(', ')}`);
  }
  return found;
};

const repo = process.env.LAB_REPO ?? process.cwd();

const verbs: Record<string, (args: string[]) => Promise<number>> = {
  run: async (args) => {
    const at = args.indexOf('--');
    const { values } = parseArgs({
      args: at < 0 ? args : args.slice(0, at),
      options: {
        needs: { type: 'string', default: 'ipvs' },
        kernel: { type: 'string', default: 'auto' },
        timeout: { type: 'string', default: '10m' },
        memory: { type: 'string', default: '2048' },
      },
    });
    const command = at < 0 ? [] : args.slice(at + 1);
    if (command.length === 0) {
      throw new Error('run: no command; give it after --');
    }
    return run({
      needs: oneOf('needs', values.needs, ['ipvs', 'net']),
      kernel: oneOf('kernel', values.kernel, ['auto', 'direct', 'uml']),
      timeoutMs: durationMs(values.timeout),
      memoryMiB: Number.parseInt(values.memory, 10),
      up: false,
      command,
      repo,
    });
  },
  up: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { director: { type: 'string', default: 'directord' }, kernel: { type: 'string', default: 'auto' } },
    });
    const [topology = ''] = positionals;
    if (!(topology in showcases)) {
      throw new Error(`up: want one topology of ${Object.keys(showcases).join(', ')}`);
    }
    const director = oneOf('director', values.director, ['directord', 'keepalived']);
    const kernel = oneOf('kernel', values.kernel, ['auto', 'direct', 'uml']);
    const command = [process.execPath, fileURLToPath(import.meta.url), 'show', topology, director];
    return run({ needs: 'ipvs', kernel, timeoutMs: 0, memoryMiB: 2048, up: true, command, repo });
  },
  show: async ([topology = '', director = '']) => {
    await showcases[topology]?.(director as Director);
    return new Promise(() => {});
  },
  shell: async (args) => {
    const at = args.indexOf('--');
    const { values, positionals } = parseArgs({
      args: at < 0 ? args : args.slice(0, at),
      allowPositionals: true,
      options: { lab: { type: 'string' } },
    });
    const [host, ...more] = positionals;
    if (host === undefined || more.length > 0) {
      throw new Error('shell: want one host; a command comes after --');
    }
    return shell(host, at < 0 ? [] : args.slice(at + 1), values.lab);
  },
  list: async () => {
    for (const { name, run: card, hosts } of await findLabs()) {
      const told = Object.entries(hosts).map(([host, pid]) => (pid === null ? `${host} (down)` : host));
      process.stdout.write(`${name}\t${card.kind}\t${told.join(' ')}\n`);
    }
    return 0;
  },
  down: async ([name]) => {
    const labs = (await findLabs()).filter((lab) =>
      name === undefined ? lab.run.up : lab.name === name && lab.run.kind !== 'bare',
    );
    if (labs.length === 0) {
      throw new Error(name === undefined ? 'no lab of `lab up` is running' : `no lab ${name} is running`);
    }
    for (const dir of new Set(labs.map((lab) => lab.dir))) {
      await askDown(dir);
    }
    return 0;
  },
  clean: async () => {
    const { living, removed } = await sweep();
    process.stdout.write(`removed ${removed} dead, left ${living.length} running\n`);
    return 0;
  },
  help: async () => {
    process.stdout.write(usage);
    return 0;
  },
};

const [verb = 'help', ...rest] = process.argv.slice(2);
const known = verbs[verb === '--help' || verb === '-h' ? 'help' : verb];
if (known === undefined) {
  process.stderr.write(`lab: unknown verb ${verb}\n${usage}`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await known(rest);
  } catch (error) {
    process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}
