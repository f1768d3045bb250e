import { compilePattern, type Program } from './pattern-program.js';

/** What one run may cost, in steps: some 50 ms. Without it the largest expressions could take a second. */
const STEPS = 3_000_000;
/** So many states are remembered; then the pattern begins anew. */
const REMEMBERED = 500;

/** What lies before the next character, as far as `^`, `$` and `\b` ask. */
type Before = 'start' | 'newline' | 'word' | 'other';
type After = 'end' | 'newline' | 'word' | 'other';

/** A set of places in the program, and what each kind of character makes of it; `null`: it matches. */
interface Place {
  readonly set: readonly number[];
  readonly before: Before;
  readonly next: Map<number, Place | null>;
}

/** A kind of character: those that no test tells apart. */
interface Kind {
  readonly id: number;
  readonly fits: readonly boolean[];
  readonly as: 'newline' | 'word' | 'other';
}

/**
 * A regular expression that looks into a text in time bounded by its length, whatever expression and text: it follows
 * all possibilities at once (Thompson 1968) and remembers the sets of them that it has met. JavaScript's meaning, but for
 * what {@link compilePattern} refuses.
 */
export class Pattern {
  readonly #program: Program;
  readonly #multiline: boolean;
  readonly #unicode: boolean;
  readonly #kinds = new Map<string, Kind>();
  readonly #kindOf = new Map<number, Kind>();
  #places = new Map<string, Place>();
  #steps = 0;

  private constructor(
    program: Program,
    readonly source: string,
    readonly flags: string,
  ) {
    this.#program = program;
    this.#multiline = flags.includes('m');
    this.#unicode = flags.includes('u');
  }

  /** @returns why not, where it is none, or none that is bounded: `looks ahead …`. */
  static of(source: string, flags: string): Pattern | { readonly wrong: string } {
    const compiled = compilePattern(source, flags);
    return 'wrong' in compiled ? compiled : new Pattern(compiled.program, source, flags);
  }

  toString(): string {
    return `/${this.source}/${this.flags}`;
  }

  /** Whether it is found anywhere in `text`; null where that would cost too much. */
  test(text: string): boolean | null {
    this.#steps = 0;
    let place = this.#place([], 'start');
    for (let i = 0; i < text.length; ) {
      const code = this.#unicode ? (text.codePointAt(i) as number) : text.charCodeAt(i);
      i += code > 0xffff ? 2 : 1;
      const kind = this.#kindOf.get(code) ?? this.#learn(code);
      const known = place.next.get(kind.id);
      const next = known === undefined ? this.#step(place, kind) : known;
      if (next === null) return true;
      place = next;
      if (this.#steps > STEPS) return null;
    }
    return this.#closure(place, 'end') === null;
  }

  #learn(code: number): Kind {
    const char = String.fromCodePoint(code);
    const fits = this.#program.tests.map((test) => test.test(char));
    const as = /[\n\r\u2028\u2029]/.test(char) ? 'newline' : this.#isWord(char) ? 'word' : 'other';
    const key = `${as}${fits.map(Number).join('')}`;
    const kind = this.#kinds.get(key) ?? { id: this.#kinds.size, fits, as };
    this.#kinds.set(key, kind);
    if (this.#kindOf.size >= 4_096) this.#kindOf.clear();
    this.#kindOf.set(code, kind);
    this.#steps += this.#program.tests.length;
    return kind;
  }

  /** With both flags `\w` and `\b` fold case: `ſ` and `K` (Kelvin) are word characters (ECMA-262 WordCharacters). */
  #isWord(char: string): boolean {
    return this.#unicode && this.flags.includes('i') ? /\w/iu.test(char) : /\w/.test(char);
  }

  #step(place: Place, kind: Kind): Place | null {
    const reached = this.#closure(place, kind.as);
    let next: Place | null = null;
    if (reached !== null) {
      const set: number[] = [];
      for (const at of reached) {
        const instruction = this.#program.instructions[at];
        if (instruction?.op === 'char' && kind.fits[instruction.test] === true) set.push(instruction.next);
      }
      next = this.#place(set, kind.as);
    }
    place.next.set(kind.id, next);
    return next;
  }

  #place(set: readonly number[], before: Before): Place {
    const key = `${before} ${set.join(' ')}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    if (this.#places.size >= REMEMBERED) this.#places = new Map();
    const place: Place = { set, before, next: new Map() };
    this.#places.set(key, place);
    return place;
  }

  /** All places that are reached without a character, a new beginning among them, in order; null: a match. */
  #closure(place: Place, after: After): readonly number[] | null {
    const seen = new Uint8Array(this.#program.instructions.length);
    const waiting = [0, ...place.set];
    const reached: number[] = [];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (seen[at] === 1) continue;
      seen[at] = 1;
      this.#steps++;
      const instruction = this.#program.instructions[at];
      if (instruction === undefined) continue;
      switch (instruction.op) {
        case 'match':
          return null;
        case 'char':
          reached.push(at);
          break;
        case 'split':
          waiting.push(instruction.a, instruction.b);
          break;
        case 'assert':
          if (this.#holds(instruction.what, place.before, after)) waiting.push(instruction.next);
          break;
      }
    }
    return reached.sort((a, b) => a - b);
  }

  #holds(what: '^' | '$' | 'b' | 'B', before: Before, after: After): boolean {
    if (what === '^') return before === 'start' || (this.#multiline && before === 'newline');
    if (what === '$') return after === 'end' || (this.#multiline && after === 'newline');
    return ((before === 'word') !== (after === 'word')) === (what === 'b');
  }
}
