import { printable, shorten, wrap } from './text.js';

export type Paint = (text: string) => string;

/** How output looks: how wide it may be (Infinity in a pipe), and the colours (which change nothing in a pipe). */
export interface Style {
  readonly width: number;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly quiet: Paint;
  readonly strong: Paint;
}

const as: Paint = (text) => text;

/** No colour, no limit: for a pipe. */
export const plain: Style = { width: Number.POSITIVE_INFINITY, good: as, bad: as, warn: as, quiet: as, strong: as };

export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}

export interface Column {
  readonly header: string;
  readonly align?: 'right';
  /** May be cut down to so many characters when the line is too long. */
  readonly shrinkTo?: number;
  /** May be left out when the line is still too long; the highest goes first. */
  readonly dispensable?: number;
}

export interface Row {
  readonly cells: readonly (string | Cell)[];
  /** Free text after the last column; on lines of its own where it does not fit. */
  readonly note?: string;
}

/**
 * Lines of an aligned table, header first. Too wide for the style's width, it first closes its gaps, then cuts what may
 * be cut, then leaves columns out, and says which.
 */
export function tableLines(columns: readonly Column[], rows: readonly Row[], style: Style, indent = 2): string[] {
  const cells = rows.map((row) => row.cells.map(toCell));
  const natural = columns.map((column, i) =>
    Math.max(column.header.length, ...cells.map((r) => r[i]?.text.length ?? 0)),
  );
  const layout = layoutFor(columns, natural, style.width - indent);
  const pad = ' '.repeat(indent);
  const line = (row: readonly Cell[]): { text: string; length: number } => {
    const parts = layout.kept.map((i, at) => {
      const { text, paint = as } = row[i] ?? { text: '' };
      const shown = shorten(text, layout.widths[i] ?? 0);
      const space = ' '.repeat((layout.widths[i] ?? 0) - shown.length);
      const last = at === layout.kept.length - 1;
      return columns[i]?.align === 'right' ? space + paint(shown) : paint(shown) + (last ? '' : space);
    });
    return { text: pad + parts.join(' '.repeat(layout.gap)), length: indent + layout.length };
  };
  const lines = [line(columns.map((column) => ({ text: column.header, paint: style.quiet }))).text.trimEnd()];
  rows.forEach((row, n) => {
    const { text, length } = line(cells[n] ?? []);
    const note = printable(row.note ?? '');
    const space = ' '.repeat(Math.max(0, length - visibleLength(text)));
    if (note === '') lines.push(text.trimEnd());
    else if (length + 2 + note.length <= style.width) lines.push(`${text}${space}  ${style.warn(note)}`);
    else {
      const inset = indent + 4;
      const wrapped = wrap(note, Math.max(20, style.width - inset));
      lines.push(text.trimEnd(), ...wrapped.map((part) => ' '.repeat(inset) + style.warn(part)));
    }
  });
  if (layout.dropped.length > 0) {
    lines.push(
      pad + style.quiet(`(narrow terminal: ${layout.dropped.map((i) => columns[i]?.header).join(', ')} left out)`),
    );
  }
  return lines;
}

interface Layout {
  readonly kept: readonly number[];
  readonly dropped: readonly number[];
  readonly widths: readonly number[];
  readonly gap: number;
  readonly length: number;
}

function layoutFor(columns: readonly Column[], natural: readonly number[], width: number): Layout {
  const all = columns.map((_, i) => i);
  const leaving = all
    .filter((i) => columns[i]?.dispensable !== undefined)
    .sort((a, b) => (columns[b]?.dispensable ?? 0) - (columns[a]?.dispensable ?? 0));
  const dropped: number[] = [];
  for (;;) {
    const kept = all.filter((i) => !dropped.includes(i));
    const sum = (widths: readonly number[], gap: number): number =>
      kept.reduce((total, i) => total + (widths[i] ?? 0), 0) + gap * (kept.length - 1);
    for (const gap of [2, 1]) {
      if (sum(natural, gap) <= width) return { kept, dropped, widths: natural, gap, length: sum(natural, gap) };
    }
    const widths = [...natural];
    for (const i of kept) {
      const least = columns[i]?.shrinkTo;
      const excess = sum(widths, 1) - width;
      if (least !== undefined && excess > 0) widths[i] = Math.max(least, (widths[i] ?? 0) - excess);
    }
    const next = leaving[dropped.length];
    if (sum(widths, 1) <= width || next === undefined) return { kept, dropped, widths, gap: 1, length: sum(widths, 1) };
    dropped.push(next);
  }
}

function toCell(cell: string | Cell): Cell {
  return typeof cell === 'string' ? { text: printable(cell) } : { ...cell, text: printable(cell.text) };
}

/** Length without colours: SGR sequences are the only ones in what we made. */
const visibleLength = (text: string): number => text.replace(sgr, '').length;
const sgr = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
