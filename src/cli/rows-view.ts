import type { TouchedServer } from '../control/service.js';
import type { DirectorEvent } from '../core/status.js';
import { type Cell, type Column, type Style, tableLines } from './table.js';
import { count, formatAge, printable } from './text.js';

const COLUMNS: readonly Column[] = [
  { header: 'SERVICE', shrinkTo: 8 },
  { header: 'SERVER' },
  { header: 'W/EFF', align: 'right' },
  { header: 'ADMIN' },
  { header: 'ACTIVE', align: 'right' },
  { header: 'INACT', align: 'right' },
  { header: 'PERSISTENT', align: 'right', dispensable: 1 },
];

/** The rows that a verb touched, as the kernel has them, under a line that says what was done. */
export function renderRows(done: string, rows: readonly TouchedServer[], style: Style): string {
  const table = tableLines(
    COLUMNS,
    rows.map((row) => ({
      cells: [
        row.service,
        { text: row.address, paint: style.strong },
        weightCell(row, style),
        row.admin === 'ready' ? { text: 'ready', paint: style.good } : { text: row.admin, paint: style.warn },
        String(row.activeConnections),
        String(row.inactiveConnections),
        String(row.persistentConnections),
      ],
      note: row.note ?? '',
    })),
    style,
  );
  return `${printable(done)}\n${table.join('\n')}\n`;
}

/** `2/2`: configured and in the table; `2>5/5` with an administrator's 5 instead. */
export function weightCell(
  row: Pick<TouchedServer, 'weight' | 'effectiveWeight'> & { readonly weightOverride: number | null },
  style: Style,
): string | Cell {
  const effective = row.effectiveWeight ?? '-';
  return row.weightOverride === null
    ? `${row.weight}/${effective}`
    : { text: `${row.weight}>${row.weightOverride}/${effective}`, paint: style.warn };
}

/** One line of a wait: `12s  3 active, 1 persistent, 25 inactive`, with the number of rows when there are several. */
export function renderCounts(rows: readonly TouchedServer[], elapsedMs: number): string {
  const sum = (of: (row: TouchedServer) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const counts = [
    `${sum((row) => row.activeConnections)} active`,
    `${sum((row) => row.persistentConnections)} persistent`,
    `${sum((row) => row.inactiveConnections)} inactive`,
  ].join(', ');
  const where = rows.length > 1 ? ` in ${count(rows.length, 'service')}` : '';
  return `${formatAge(elapsedMs).padStart(6)}  ${counts}${where}`;
}

/** One line of `events`: time, subject, name, what, reason. */
export function renderEvent(event: DirectorEvent, style: Style): string {
  const paint = good.has(event.what) ? style.good : bad.has(event.what) ? style.bad : style.strong;
  const reason = event.reason === null ? '' : `  ${printable(event.reason)}`;
  const subject = printable(event.subject).padEnd(8);
  return `${style.quiet(printable(event.time))}  ${subject}  ${printable(event.name)}  ${paint(printable(event.what))}${reason}`;
}

const good: ReadonlySet<string> = new Set(['master', 'up', 'repaired', 'ready']);
const bad: ReadonlySet<string> = new Set(['fault', 'down', 'failed', 'lost']);
