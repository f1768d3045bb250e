import { align, type Paint } from './words.js';

/** One director, as the live view shows it. */
export interface DirectorView {
  readonly name: string;
  readonly address: string;
  readonly priority: number;
  readonly state: 'MASTER' | 'backup' | 'starting' | 'stopped' | 'cable cut';
}

/** One web server. A row that is not in the table has no weight. */
export interface ServerView {
  readonly name: string;
  readonly address: string;
  readonly row: { readonly weight: number; readonly active: number; readonly inactive: number } | null;
  /** Requests of the stream that it answered. */
  readonly answered: number;
}

/** All that the live view shows. */
export interface View {
  readonly vip: string;
  readonly directors: readonly DirectorView[];
  /** Whose table it is. */
  readonly tableOf: string;
  readonly servers: readonly ServerView[];
  readonly sent: number;
  readonly failed: number;
  /** The last requests, a letter for each 100 ms. */
  readonly strip: string;
  /** What is going on, or waited for. */
  readonly doing: string;
}

/** The panel needs a terminal that is wider than this. */
export const panelWidth = 79;

const clip = (text: string): string => (text.length > panelWidth ? `${text.slice(0, panelWidth - 3)}...` : text);

const directorLines = ({ directors, vip }: View, { green, red, dim }: Paint): string[] => {
  const what = ({ state }: DirectorView): string => (state === 'MASTER' ? `MASTER  holds ${vip}` : state);
  const rows = directors.map((d) => [`  ${d.name}`, d.address, `priority ${String(d.priority).padStart(3)}`, what(d)]);
  return align(rows).map((line, i) => {
    const state = directors[i]?.state;
    return state === 'MASTER' ? green(line) : state === 'backup' || state === 'starting' ? dim(line) : red(line);
  });
};

const tableLines = ({ servers, vip, tableOf }: View, { dim, red }: Paint): string[] => {
  const head = ['  ', `IPVS of ${tableOf}, ${vip}:80 rr`, 'WEIGHT', 'ACTIVE', 'INACTIVE', 'ANSWERED'];
  const cells = ({ name, address, row, answered }: ServerView): string[] => {
    const counts = row === null ? ['out', '-', '-'] : [row.weight, row.active, row.inactive].map(String);
    return [`  ${name}`, address, ...counts, String(answered)];
  };
  const [first = '', ...rest] = align([head, ...servers.map(cells)], [2, 3, 4, 5]);
  return [dim(first), ...rest.map((line, i) => ((servers[i]?.row?.weight ?? 0) === 0 ? red(line) : line))];
};

/** The live view, at most `panelWidth` wide without its colours. */
export const panel = (view: View, paint: Paint): string[] => {
  const failed = `${view.failed} failed`;
  return [
    paint.dim('-'.repeat(panelWidth)),
    ...directorLines(view, paint),
    '',
    ...tableLines(view, paint),
    '',
    `  requests  ${view.sent} sent, ${view.failed > 0 ? paint.red(failed) : failed}`,
    `  last 4 s  ${view.strip.slice(-40).padStart(40).replace(/[x/]+/g, paint.red)}  ${paint.dim('. ok ~ late / half x lost')}`,
    paint.bold(clip(`  now       ${view.doing}`)),
  ];
};

/** The same in one line, for where nothing can be redrawn. */
export const oneLine = ({ directors, servers, sent, failed }: View): string =>
  [
    directors.map(({ name, state }) => `${name} ${state}`).join(', '),
    servers.map(({ name, row }) => `${name} ${row === null ? 'out' : `weight ${row.weight}`}`).join(', '),
    `${sent} requests so far, ${failed} failed`,
  ].join(' | ');
