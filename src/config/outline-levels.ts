/** A place where the shape of a file breaks, and what is wrong there. Lines and columns count from 0. */
export interface Misfit {
  /** The line at which it shows: the reader of YAML stumbles here. */
  readonly seen: number;
  /** The place to mend. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** It is wrong whatever follows: the reader of YAML may stumble over it only later. */
  readonly sure: boolean;
}

/** A mapping or list in blocks that is open, by the column of its keys or dashes. */
interface Level {
  readonly column: number;
  readonly kind: 'list' | 'mapping' | 'text';
  /** The line of its first entry, and of its last one. */
  readonly first: number;
  last: number;
  /** It stands behind a dash, in the dash's line. */
  readonly behindDash: boolean;
  /** Its last key or dash has no value yet. */
  open: boolean;
}

const spaces = (n: number): string => (n === 1 ? '1 space' : `${n} spaces`);
const DASHES = 'allowed: "- " before each entry of a list, and none before the keys of a mapping';

/** The mappings and lists that are open, from the outermost to the innermost. */
export class Levels {
  readonly #levels: Level[] = [];

  /** A document begins. */
  clear(): void {
    this.#levels.length = 0;
  }

  get column(): number {
    return this.#levels.at(-1)?.column ?? -1;
  }

  /** Whether the last key or dash waits for its value. */
  get open(): boolean {
    return this.#levels.at(-1)?.open ?? true;
  }

  /** The last key or dash has its value now, or waits for it. */
  set open(open: boolean) {
    const top = this.#levels.at(-1);
    if (top !== undefined) top.open = open;
  }

  /** A key or dash behind another dash in the same line. */
  behindDash(kind: Level['kind'], line: number, column: number): void {
    this.#push(kind, line, column, true);
  }

  /** A key, dash or text that is the first in its line. @returns why it cannot stand there, or null. */
  place(kind: Level['kind'], line: number, column: number): Misfit | null {
    let left: Level | undefined;
    while (this.column > column) left = this.#levels.pop();
    const top = this.#levels.at(-1);
    const wrong = (message: string, at = { line, column }): Misfit => ({ seen: line, ...at, message, sure: false });
    if (top === undefined && left === undefined) this.#push(kind, line, column);
    else if (top?.column === column) return this.#beside(top, kind, line, wrong);
    else if (left !== undefined) return wrong(between(column, left, kind === top?.kind ? top : undefined));
    else if (top?.open === true) this.#push(kind, line, column);
    else if (top !== undefined) return wrong(deeper(top));
    return null;
  }

  #beside(
    top: Level,
    kind: Level['kind'],
    line: number,
    wrong: (message: string, at?: { line: number; column: number }) => Misfit,
  ): Misfit | null {
    const { column, first } = top;
    const around = this.#levels.at(-2);
    if (top.kind === kind) {
      top.last = line;
      top.open = false;
    } else if (kind === 'list' && top.kind === 'mapping' && top.open) this.#push(kind, line, column);
    else if (kind === 'list') {
      if (top.behindDash || column === 0) {
        return wrong(`a dash, where line ${first + 1} has none in this column; ${DASHES}`);
      }
      return wrong(`no dash, where line ${line + 1} has one in this column; ${DASHES}`, { line: first, column });
    } else if (top.kind === 'list') {
      if (around?.column !== column || kind === 'text') {
        return wrong(
          `no dash, where line ${top.last + 1} has one in this column; allowed: "- " before each entry, its other keys deeper than the dash`,
        );
      }
      this.#levels.pop();
      around.last = line;
      around.open = false;
    }
    return null;
  }

  #push(kind: Level['kind'], line: number, column: number, behindDash = false): void {
    this.open = false;
    this.#levels.push({ column, kind, first: line, last: line, behindDash, open: false });
  }
}

/** A column that no open level has: which ones would fit. */
function between(column: number, deeper: Level, outer: Level | undefined): string {
  const or = outer === undefined ? '' : `, or ${outer.column} as in line ${outer.last + 1}`;
  return `wrong indentation: ${spaces(column)}; allowed: ${deeper.column} as in line ${deeper.last + 1}${or}`;
}

/** A line below one that has its value already. Where that is the first of its column, it may lack its dash. */
function deeper({ kind, column, first, last, behindDash }: Level): string {
  const above = `line ${last + 1}`;
  const dash = kind === 'mapping' && first === last && !behindDash && column > 0 ? `, or "- " before ${above}` : '';
  return `this line is indented deeper than ${above}, which has a value already; allowed: the keys of one mapping, and the dashes of one list, in one column${dash}`;
}
