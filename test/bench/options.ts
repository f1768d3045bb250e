import { parseArgs } from 'node:util';

/** What can be measured by itself. */
export const PARTS = [
  'takeover',
  'jitter',
  'many',
  'busy',
  'flood',
  'table',
  'memory',
  'growth',
  'reload',
  'checks',
  'adverts',
] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly parts: ReadonlySet<Part>;
  /** Takeovers of each kind with each implementation. */
  readonly trials: number;
  /** Starts of each implementation with each size of the table. */
  readonly starts: number;
  /** Sizes of the table, in services. */
  readonly sizes: readonly number[];
  /** How long adverts are written down. */
  readonly jitterSeconds: number;
  readonly restSeconds: number;
  /** Checks of how many servers, each so often: `SERVERS@SECONDS`. */
  readonly loads: readonly string[];
  /** Memory with checks of so many servers. */
  readonly grown: readonly number[];
  /** How long checks are measured. */
  readonly checkSeconds: number;
  /** The built bin/directord.js. */
  readonly directord: string;
  readonly write: boolean;
}

export const usage = `Measures directord beside Debian's keepalived, in one run on one machine. As root.

  npm run bench -- [--quick] [--only ${PARTS.join('|')}]… [--directord dist/bin/directord.js] [--write]

A whole run takes less than 25 minutes and writes docs/benchmarks.md. With --quick (fewer trials, 100 services only, less
than 10 minutes) or --only it is printed alone, unless --write is given.
`;

/** @returns null for --help. @throws Error that says what is wrong. */
export function readOptions(args: readonly string[], directord: string): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      directord: { type: 'string', default: directord },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  for (const name of values.only) {
    if (!(PARTS as readonly string[]).includes(name))
      throw new Error(`--only ${name}: want one of ${PARTS.join(', ')}`);
  }
  const only = PARTS.filter((part) => values.only.includes(part));
  return {
    parts: new Set(only.length === 0 ? PARTS : only),
    trials: values.quick ? 3 : 11,
    starts: values.quick ? 1 : 2,
    sizes: values.quick ? [100] : [100, 1000],
    jitterSeconds: values.quick ? 15 : 25,
    restSeconds: values.quick ? 3 : 10,
    grown: [1_000, 10_000],
    loads: values.quick ? ['1000@1'] : ['1000@1', '10000@5'],
    checkSeconds: values.quick ? 8 : 20,
    directord: values.directord,
    write: values.write || (!values.quick && only.length === 0),
  };
}
