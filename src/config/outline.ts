import { flowEnd, quoteEnd } from './outline-flow.js';
import { Levels, type Misfit } from './outline-levels.js';

/** What YAML makes of the line that is read. */
interface Reader {
  readonly text: string;
  /** Where the reader of YAML gave up. */
  readonly gaveUp: number;
  readonly levels: Levels;
  /** Up to here the text is read: a quote or a bracket goes over several lines. */
  read: number;
  /** The lines that are indented deeper than this are of one text (`|` or `>`). */
  block: number | null;
  /** The last value is a text without quotes: deeper lines go on with it. */
  plain: boolean;
}

/**
 * Reads the outline of a file that is no YAML: its indentation, dashes, keys, quotes and brackets, as far as a
 * configuration has them. It is for the message only: the reader of YAML has found already that something is wrong.
 * @param gaveUp where.
 * @returns the first thing that does not fit, or null.
 */
export function misfit(text: string, gaveUp: number): Misfit | null {
  const reader: Reader = { text, gaveUp, levels: new Levels(), read: 0, block: null, plain: false };
  let from = 0;
  for (const [number, line] of text.split('\n').entries()) {
    const found = from < reader.read ? null : readLine(reader, line.trimEnd(), number, from);
    if (found === 'unknown') return null;
    if (found !== null) return found;
    from += line.length + 1;
  }
  return null;
}

function readLine(reader: Reader, line: string, number: number, from: number): Misfit | 'unknown' | null {
  const { levels } = reader;
  const indent = line.search(/[^ ]/);
  if (indent < 0) return null;
  if (reader.block !== null && indent > reader.block) return null;
  reader.block = null;
  if (line[indent] === '#') return null;
  if (line[indent] === '\t' || /^\? /.test(line.slice(indent))) return 'unknown';
  if (/^(---|\.\.\.|%)/.test(line)) {
    levels.clear();
    return /^---\s+[^\s#]/.test(line) ? 'unknown' : null;
  }
  const wrong = dashes(reader, line, number, indent);
  if (wrong !== null && typeof wrong !== 'number') return wrong;
  let column = wrong ?? indent;
  if (column >= line.length || line[column] === '#') return null;
  const key = keyEnd(line, column);
  const kind = key < 0 ? 'text' : 'mapping';
  if (column > indent) {
    if (key >= 0) levels.behindDash(kind, number, column);
  } else {
    const goesOn = key < 0 && reader.plain && !levels.open && column > levels.column;
    if (goesOn) return null;
    const misfit = levels.place(kind, number, column);
    if (misfit !== null) return misfit;
  }
  levels.open = true;
  if (key >= 0) column = key + (/^\s*/.exec(line.slice(key))?.[0].length ?? 0);
  return readValue(reader, line, number, column, from);
}

/** The dashes that a line begins with. @returns the column behind them, null where there are none, or what is wrong. */
function dashes(reader: Reader, line: string, number: number, indent: number): number | Misfit | null {
  const { levels } = reader;
  let column = indent;
  for (;;) {
    const dash = /^-(\s+|$)/.exec(line.slice(column));
    if (dash === null) break;
    if (column > indent) levels.behindDash('list', number, column);
    else {
      if (reader.plain && !levels.open && column > levels.column && keyEnd(line, column) < 0) return line.length;
      const misfit = levels.place('list', number, column);
      if (misfit !== null) return misfit;
    }
    levels.open = true;
    reader.plain = false;
    column += dash[0].length;
  }
  if (column > indent) return column;
  const goesOn = reader.plain && !levels.open && column > levels.column;
  const glued = levels.open || goesOn ? /^-[A-Za-z"'[{]/ : /^-[^-\s]/;
  if (!glued.test(line.slice(column)) || (goesOn && keyEnd(line, column) < 0)) return null;
  const message = 'a dash without a space behind it; allowed: "- " before each entry of a list';
  return { seen: number, line: number, column, message, sure: true };
}

/** Where the value begins behind the key that stands at `column`: behind its colon; -1 where no key stands there. */
function keyEnd(line: string, column: number): number {
  const rest = line.slice(column);
  const quoted = /^("(?:[^"\\]|\\.)*"|'[^']*')\s*:(?=\s|$)/.exec(rest);
  if (quoted !== null) return column + quoted[0].length;
  if (/^["'[{]/.test(rest)) return -1;
  const colon = rest.search(/:(\s|$)/);
  return colon < 0 || rest.slice(0, colon).includes(' #') ? -1 : column + colon + 1;
}

function readValue(reader: Reader, line: string, number: number, column: number, from: number): Misfit | null {
  const { levels, text, gaveUp } = reader;
  const props = /^(?:[&!]\S*(?:\s+|$))*/.exec(line.slice(column))?.[0].length ?? 0;
  const at = column + props;
  const first = line[at];
  reader.plain = false;
  if (first === undefined || first === '#') return null;
  levels.open = false;
  if (first === '|' || first === '>') reader.block = levels.column;
  else if (first === '"' || first === "'" || first === '[' || first === '{') {
    const end =
      first === '[' || first === '{'
        ? flowEnd(text, from + at, levels.column, gaveUp)
        : quoteEnd(text, from + at, gaveUp);
    if (typeof end === 'number') reader.read = end;
    else {
      const before = text.slice(0, end.offset);
      const lineOf = before.split('\n').length - 1;
      const columnOf = end.offset - before.lastIndexOf('\n') - 1;
      return { seen: number, line: lineOf, column: columnOf, message: end.message, sure: true };
    }
  } else reader.plain = true;
  return null;
}
