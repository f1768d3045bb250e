import type { Burden, Extra } from './burden.js';
import type { Both } from './daemons.js';
import type { Jitter } from './jitter.js';
import { least, median, most, quantile } from './stats.js';
import type { Takeover, Takeovers } from './takeover.js';

/** One line of a table; less is better in all of them. */
export interface Row {
  readonly measure: string;
  /** What is written, and what is compared; `value` is null where there is nothing to compare, and `text` says why. */
  readonly cells: Both<{ readonly text: string; readonly value: number | null }>;
}

export interface Table {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
}

/** What the part on a kernel with IPVS printed. */
export interface Inside {
  readonly starts: readonly { readonly who: string; readonly services: number; readonly whole: number }[];
  readonly puts: readonly { readonly who: string; readonly services: number; readonly putting: number }[];
  readonly memory: readonly { readonly who: string; readonly processes: readonly number[] }[];
  readonly reloads: readonly { readonly who: string; readonly services: number; readonly took: number }[];
  readonly checks: readonly CheckLoad[];
  readonly growth: readonly Growth[];
  readonly adverts: readonly (Burden & { readonly who: string; readonly servers: number; readonly reloads: number })[];
}

/** What test/bench/growth.ts printed: kB of PSS a process. */
export interface Growth {
  readonly who: string;
  readonly servers: number;
  readonly started: readonly number[];
  readonly reloaded: readonly number[];
}

/** What test/bench/checks.ts printed. */
export interface CheckLoad {
  readonly who: string;
  readonly servers: number;
  /** Seconds. */
  readonly interval: number;
  readonly timeout: number;
  /** Checks a second. */
  readonly rate: number;
  /** Processor time of a check, µs. */
  readonly each: number;
  /** Until the first and the last server that had fallen silent was out of the table, ms. */
  readonly first: number;
  readonly last: number;
  readonly memory: readonly number[];
}

const rounded = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);

const both = <T>(of: (which: 'directord' | 'keepalived') => T): Both<T> => ({
  directord: of('directord'),
  keepalived: of('keepalived'),
});

/** The middle of some trials, with the extremes. */
function trials(values: readonly number[], why = 'not measured') {
  if (values.length === 0) return { text: why, value: null };
  const middle = median(values);
  const range = values.length === 1 ? '' : ` (${rounded(least(values))} … ${rounded(most(values))})`;
  return { text: `${rounded(middle)}${range}`, value: middle };
}

/** @param how often adverts are sent, in words */
export function takeoverTable(how: string, found: Both<Takeovers>): Table {
  const row = (measure: string, pick: (t: Takeovers) => readonly Takeover[], which: keyof Takeover): Row => ({
    measure,
    cells: both((who) => trials(pick(found[who]).map((takeover) => takeover[which] / 1000))),
  });
  return {
    title: `Takeover with adverts each ${how}: how long after the moment that the standard allows, median (least … most)`,
    unit: 'ms',
    rows: [
      row('cut cable: first gratuitous ARP', (t) => t.cut, 'claim'),
      row('cut cable: first advert', (t) => t.cut, 'advert'),
      row('stop: first gratuitous ARP', (t) => t.stop, 'claim'),
      row('stop: first advert', (t) => t.stop, 'advert'),
    ],
  };
}

export function jitterTable(title: string, found: Both<Jitter>): Table {
  const row = (measure: string, of: (jitter: Jitter) => number): Row => ({
    measure,
    cells: both((who) => ({ text: rounded(of(found[who])), value: Math.abs(of(found[who])) })),
  });
  return {
    title,
    unit: 'µs',
    rows: [
      row('difference of an interval from the one configured: p50', (j) => j.p50),
      row('p99', (j) => j.p99),
      row('most', (j) => j.max),
      row('difference of the mean interval (drift)', (j) => j.drift),
      { measure: 'adverts seen', cells: both((who) => ({ text: String(found[who].adverts), value: null })) },
    ],
  };
}

/** How late the adverts of many instances, or of one in distress, are, and what they cost. */
export function burdenTable(title: string, found: Both<Burden>, extra: readonly Extra[]): Table {
  const row = (measure: string, of: (burden: Burden) => number | null, unit: string): Row => ({
    measure: `${measure}, ${unit}`,
    cells: both((who) => {
      const value = of(found[who]);
      return { text: value === null ? 'none sent' : rounded(value), value };
    }),
  });
  const late = (q: number) => (burden: Burden) => (burden.late.length === 0 ? null : quantile(burden.late, q) / 1000);
  const rows: Readonly<Record<Extra, Row>> = {
    'each advert': row(
      'processor time of an advert',
      (b) => (b.late.length === 0 ? null : b.cpu / b.late.length),
      'µs',
    ),
    whole: row('processor', (b) => (100 * b.cpu) / b.lasted, '% of one'),
  };
  return {
    title,
    unit: '',
    rows: [
      row('adverts late by: p50', late(0.5), 'ms'),
      row('p99', late(0.99), 'ms'),
      row('p99.9', late(0.999), 'ms'),
      row('most', late(1), 'ms'),
      ...extra.map((name) => rows[name]),
      {
        measure: 'adverts that were due and were not sent',
        cells: both((who) => ({ text: String(found[who].missing), value: null })),
      },
    ],
  };
}

export function ipvsTable({ starts, puts }: Inside): Table {
  const sizes = [...new Set(starts.map((start) => start.services))];
  const of = <T extends { who: string; services: number }>(list: readonly T[], size: number, pick: (t: T) => number) =>
    both((who) => trials(list.filter((one) => one.who === who && one.services === size).map(pick)));
  return {
    title: 'Services × 10 servers into the kernel’s table, median (least … most)',
    unit: 'ms',
    rows: sizes.flatMap((size) => [
      { measure: `${size} services: from execution to the whole table`, cells: of(starts, size, (s) => s.whole) },
      {
        measure: `${size} services: the table alone, the program being started`,
        cells: of(puts, size, (p) => p.putting),
      },
    ]),
  };
}

export function memoryTable({ memory }: Inside): Table {
  const cells = both((who) => {
    const processes = memory.find((one) => one.who === who)?.processes.map((kb) => kb / 1024);
    if (processes === undefined) return { text: 'not measured', value: null };
    const sum = processes.reduce((a, b) => a + b, 0);
    return { text: `${rounded(sum)} (${processes.map(rounded).join(' + ')})`, value: sum };
  });
  return {
    title: 'Memory at rest, PSS of all processes, scenario 1',
    unit: 'MiB',
    rows: [{ measure: 'sum (each)', cells }],
  };
}

/** Memory with checks, of the least and of the most servers, and what one server more takes. */
export function growthTable({ growth }: Inside): Table {
  const sizes = growth.map((one) => one.servers);
  const [few, many] = [least(sizes), most(sizes)];
  const sumOf = (who: string, servers: number, when: 'started' | 'reloaded'): number | null =>
    growth.find((one) => one.who === who && one.servers === servers)?.[when].reduce((a, b) => a + b, 0) ?? null;
  const row = (measure: string, of: (who: string) => number | null): Row => ({
    measure,
    cells: both((who) => {
      const value = of(who);
      return { text: value === null ? 'not measured' : rounded(value), value };
    }),
  });
  const rows = ([{ when, words }, kB]: readonly [
    { readonly when: 'started' | 'reloaded'; readonly words: string },
    number,
  ]): Row[] => [
    ...[...new Set([few, many])].map((servers) =>
      row(`${servers} servers, ${words}, MB`, (who) => {
        const sum = sumOf(who, servers, when);
        return sum === null ? null : (sum * kB) / 1e6;
      }),
    ),
    row(`one server more, ${words}, kB`, (who) => {
      const [a, b] = [sumOf(who, few, when), sumOf(who, many, when)];
      return a === null || b === null || few === many ? null : (b - a) / (many - few);
    }),
  ];
  return {
    title: 'Memory with TCP checks each 5 s, PSS of all processes',
    unit: '',
    rows: [
      ...rows([{ when: 'started', words: 'at rest' }, 1024]),
      ...rows([{ when: 'reloaded', words: 'after a reload' }, 1024]),
    ],
  };
}

/** Adverts of 20 instances beside checks and reloads. */
export function advertsTable({ adverts }: Inside): Table {
  const of = (which: string): Burden => adverts.find((one) => one.who === which) ?? NO_BURDEN;
  const [{ servers = 0, reloads = 0 } = {}] = adverts;
  const what = `${servers} TCP checks each 5 s and ${reloads} reloads that take a server out`;
  return burdenTable(`20 instances with adverts each 100 ms beside ${what}`, both(of), ['whole']);
}

const NO_BURDEN: Burden = { late: [], missing: 0, cpu: 0, lasted: 1 };

export function reloadTable({ reloads }: Inside): Table {
  const services = reloads[0]?.services ?? 0;
  const cells = both((who) => trials(reloads.filter((one) => one.who === who).map((one) => one.took)));
  return {
    title: `Reload of ${services} services × 10 servers that takes one server out, median (least … most)`,
    unit: 'ms',
    rows: [{ measure: 'from the signal until it is out of the kernel’s table', cells }],
  };
}

/** One for each load: what checks cost, and how soon silence is known. */
export function checksTables({ checks }: Inside): Table[] {
  const loads = [...new Set(checks.map((load) => `${load.servers}@${load.interval}`))];
  return loads.map((name) => {
    const some = checks.filter((load) => `${load.servers}@${load.interval}` === name);
    const [{ servers = 0, interval = 0, timeout = 0 } = {}] = some;
    const row = (measure: string, of: (load: CheckLoad) => number, compared = true): Row => ({
      measure,
      cells: both((who) => {
        const load = some.find((one) => one.who === who);
        if (load === undefined) return { text: 'not measured', value: null };
        return { text: rounded(of(load)), value: compared ? of(load) : null };
      }),
    });
    return {
      title: `TCP checks of ${servers} servers each ${interval} s, timeout ${timeout} s`,
      unit: '',
      rows: [
        row('processor time of a check, µs', (load) => load.each),
        row('checks a second', (load) => load.rate, false),
        row(
          `servers fall silent: the first one is out of the table after (not before ${timeout} s), s`,
          (load) => load.first / 1_000,
          false,
        ),
        row(`the last one (bound ${interval + timeout} s), s`, (load) => load.last / 1_000),
        row('memory of all processes, PSS, MiB', (load) => load.memory.reduce((a, b) => a + b, 0) / 1024),
      ],
    };
  });
}

export const ratioOf = ({ cells }: Row): number | null =>
  cells.directord.value === null || !cells.keepalived.value ? null : cells.directord.value / cells.keepalived.value;

const ratioText = (row: Row): string => {
  const ratio = ratioOf(row);
  return ratio === null ? '' : `× ${rounded(ratio)}`;
};

const columns = (table: Table): string[][] => [
  [table.unit, 'directord', 'keepalived', 'ratio'],
  ...table.rows.map((row) => [row.measure, row.cells.directord.text, row.cells.keepalived.text, ratioText(row)]),
];

/** For a terminal. */
export function plain(table: Table): string {
  const lines = columns(table);
  const widths = [0, 1, 2, 3].map((i) => most(lines.map((line) => (line[i] ?? '').length)));
  const pad = (text: string, i: number): string =>
    i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return [table.title, ...lines.map((line) => `  ${line.map(pad).join('   ')}`.trimEnd()), ''].join('\n');
}

export function markdown(table: Table): string {
  const [head = [], ...rest] = columns(table).map((line) => `| ${line.join(' | ')} |`);
  return [`### ${table.title}`, '', head, '| --- | ---: | ---: | ---: |', ...rest, ''].join('\n');
}

/** Within so much of each other two figures are called equal. */
const EQUAL = 0.1;

/** Who is better where, in sentences. */
export function verdicts(tables: readonly Table[]): string[] {
  const better = (is: (ratio: number) => boolean): string[] =>
    tables.flatMap(({ title, rows, unit }) =>
      rows
        .filter((row) => is(ratioOf(row) ?? 1))
        .map(({ measure, cells }) => {
          const { directord, keepalived } = cells;
          return `- ${title.split(/[,:] /)[0]}: ${measure}: ${directord.text} ${unit} against ${keepalived.text} ${unit}`;
        }),
    );
  const section = (title: string, lines: readonly string[]): string[] => [
    `### ${title}`,
    '',
    ...(lines.length === 0 ? ['Nowhere in this run.'] : lines),
    '',
  ];
  return [
    ...section(
      'Where keepalived is better',
      better((ratio) => ratio > 1 + EQUAL),
    ),
    ...section(
      'Where directord is better',
      better((ratio) => ratio < 1 - EQUAL),
    ),
    'Figures within a tenth of each other are in neither list.',
    '',
  ];
}
