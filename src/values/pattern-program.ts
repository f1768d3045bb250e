/** One instruction of a program that recognises a text. Numbers are places in the program. */
export type Instruction =
  | { readonly op: 'char'; readonly test: number; readonly next: number }
  | { readonly op: 'split'; readonly a: number; readonly b: number }
  | { readonly op: 'assert'; readonly what: Assertion; readonly next: number }
  | { readonly op: 'match' };

export type Assertion = '^' | '$' | 'b' | 'B';

export interface Program {
  readonly instructions: readonly Instruction[];
  /** The kinds of characters that it tells apart, each a regular expression for a single one. */
  readonly tests: readonly RegExp[];
}

/** The longest program, after repetitions like `{100}` are written out. */
export const PROGRAM_LIMIT = 2_000;

export type Compiled = { readonly program: Program } | { readonly wrong: string };

/**
 * Translates a JavaScript regular expression to a program whose time grows only with the length of the text (Thompson's
 * construction): an expression such as `(a+)+$` cannot hang whoever matches it. What has no such program is refused:
 * look-ahead, look-behind and backreferences.
 * @param flags of i, m, s and u.
 */
export function compilePattern(source: string, flags: string): Compiled {
  try {
    new RegExp(source, flags);
  } catch {
    return { wrong: 'is no regular expression' };
  }
  try {
    return { program: new Compiler(source, flags).program() };
  } catch (error) {
    if (error instanceof Refused) return { wrong: error.message };
    throw error;
  }
}

class Refused extends Error {}

type Node =
  | { readonly kind: 'char'; readonly test: number }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence'; readonly of: readonly Node[] }
  | { readonly kind: 'either'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly least: number; readonly most: number };

/** Reads a source that RegExp has accepted: what is no special form is a character. */
class Compiler {
  readonly #source: string;
  readonly #unicode: boolean;
  readonly #flags: string;
  readonly #tests = new Map<string, number>();
  readonly #instructions: Instruction[] = [];
  #at = 0;
  #depth = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#unicode = flags.includes('u');
    this.#flags = flags.replace('m', '');
  }

  program(): Program {
    const tree = this.#alternatives();
    this.#emit(tree);
    this.#add({ op: 'match' });
    const tests = [...this.#tests.keys()].map((atom) => new RegExp(`^(?:${atom})$`, this.#flags));
    return { instructions: this.#instructions, tests };
  }

  #alternatives(): Node {
    if (++this.#depth > 100) throw new Refused('has more than 100 groups in one another');
    const of = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      of.push(this.#sequence());
    }
    this.#depth--;
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'either', of };
  }

  #sequence(): Node {
    const of: Node[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] as string)) {
      of.push(this.#repeated(this.#atom()));
    }
    return { kind: 'sequence', of };
  }

  #repeated(of: Node): Node {
    const [text, sign, from, comma, to] =
      /^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/.exec(this.#source.slice(this.#at, this.#at + 64)) ?? [];
    if (text === undefined) return of;
    this.#at += text.length;
    if (sign !== undefined) {
      return { kind: 'repeat', of, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    const least = Number(from);
    const most = comma === undefined ? least : to === '' ? Number.POSITIVE_INFINITY : Number(to);
    return { kind: 'repeat', of, least, most };
  }

  #atom(): Node {
    const c = this.#source[this.#at] as string;
    if (c === '(') return this.#group();
    if (c === '^' || c === '$') {
      this.#at++;
      return { kind: 'assert', what: c };
    }
    if (c === '[') return this.#char(this.#class());
    if (c === '\\') return this.#escape();
    // A slash is bare in a text and never special; a brace without a number is a character outside of u.
    const point = this.#unicode ? String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0) : c;
    this.#at += point.length;
    return this.#char(point, /[{}\]]/.test(point) ? `\\${point}` : point);
  }

  #group(): Node {
    const [, lead = ''] = /^\((\?(?::|<?[=!]|<[^>]*>))?/.exec(this.#source.slice(this.#at)) ?? [];
    if (/[=!]$/.test(lead)) throw new Refused('looks ahead or behind, which has no bound in time');
    this.#at += 1 + lead.length;
    const inside = this.#alternatives();
    this.#at++;
    return inside;
  }

  #class(): string {
    const start = this.#at++;
    while (this.#source[this.#at] !== ']') this.#at += this.#source[this.#at] === '\\' ? 2 : 1;
    return this.#source.slice(start, ++this.#at);
  }

  #escape(): Node {
    const rest = this.#source.slice(this.#at);
    if (/^\\(?:[1-9]|k<)/.test(rest)) throw new Refused('refers back to a group, which has no bound in time');
    const [text = rest.slice(0, 2)] =
      /^\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})/.exec(
        this.#unicode ? rest : '',
      ) ??
      /^\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|0)/.exec(rest) ??
      [];
    this.#at += text.length;
    if (text === '\\b' || text === '\\B') return { kind: 'assert', what: text[1] as 'b' | 'B' };
    return this.#char(text);
  }

  #char(key: string, atom = key): Node {
    const test = this.#tests.get(atom) ?? this.#tests.size;
    this.#tests.set(atom, test);
    return { kind: 'char', test };
  }

  #add(instruction: Instruction): number {
    if (this.#instructions.length >= PROGRAM_LIMIT) throw new Refused('repeats too much');
    return this.#instructions.push(instruction) - 1;
  }

  /** Writes the instructions of a part; it goes on at the place behind them. */
  #emit(node: Node): void {
    const code = this.#instructions;
    switch (node.kind) {
      case 'char':
        this.#add({ op: 'char', test: node.test, next: code.length + 1 });
        return;
      case 'assert':
        this.#add({ op: 'assert', what: node.what, next: code.length + 1 });
        return;
      case 'sequence':
        for (const part of node.of) this.#emit(part);
        return;
      case 'either':
        this.#either(node.of);
        return;
      case 'repeat':
        this.#repeat(node);
        return;
    }
  }

  #either(of: readonly Node[]): void {
    const code = this.#instructions;
    const ends: number[] = [];
    for (const [i, part] of of.entries()) {
      if (i === of.length - 1) {
        this.#emit(part);
        break;
      }
      const split = this.#add({ op: 'split', a: code.length + 1, b: 0 });
      this.#emit(part);
      ends.push(this.#add({ op: 'split', a: 0, b: 0 }));
      code[split] = { op: 'split', a: split + 1, b: code.length };
    }
    for (const end of ends) code[end] = { op: 'split', a: code.length, b: code.length };
  }

  #repeat({ of, least, most }: Node & { kind: 'repeat' }): void {
    const code = this.#instructions;
    for (let n = 0; n < least; n++) this.#copy(of);
    if (most === Number.POSITIVE_INFINITY) {
      const split = this.#add({ op: 'split', a: code.length + 1, b: 0 });
      this.#emit(of);
      this.#add({ op: 'split', a: split, b: split });
      code[split] = { op: 'split', a: split + 1, b: code.length };
      return;
    }
    const splits: number[] = [];
    for (let n = least; n < most; n++) {
      splits.push(this.#add({ op: 'split', a: 0, b: 0 }));
      this.#copy(of);
    }
    for (const split of splits) code[split] = { op: 'split', a: split + 1, b: code.length };
  }

  /** One more copy of a part. One that is empty must not be copied for ever: `(){99999999}`. */
  #copy(of: Node): void {
    const before = this.#instructions.length;
    this.#emit(of);
    if (this.#instructions.length === before) this.#add({ op: 'split', a: before + 1, b: before + 1 });
  }
}
