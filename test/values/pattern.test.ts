import { createContext, Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pattern } from '../../src/values/pattern.js';

const pattern = (source: string, flags = ''): Pattern => {
  const made = Pattern.of(source, flags);
  if (!(made instanceof Pattern)) throw new Error(made.wrong);
  return made;
};

/** Expressions of everything that is supported, over few characters so that they match often. */
const expressions = fc.letrec<{ all: string; one: string; sequence: string }>((tie) => ({
  one: fc.oneof(
    // Deeper ones keep the other side busy for too long more often.
    { maxDepth: 2, depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...['a', 'b', 'A', '.', '\\d', '\\w', '\\W', '\\s', '[ab]', '[^a\\]]', '[a-c1]', '\\.', '\\n']),
    fc.constantFrom('^', '$', '\\b', '\\B', '\\x61', '\\u0062', 'é', '\\t', '/', ']'),
    fc.tuple(fc.constantFrom('(', '(?:'), tie('all'), fc.constant(')')).map((parts) => parts.join('')),
  ),
  sequence: fc
    .array(
      fc.tuple(
        tie('one').map((one) => (/^(\^|\$|\\b|\\B)$/.test(one) ? `(?:${one})` : one)),
        fc.constantFrom('', '', '', '*', '+', '?', '*?', '{2}', '{0,2}', '{1,}', '{2,3}?'),
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.flat().join('')),
  all: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
})).all;
const texts = fc
  .array(fc.constantFrom('a', 'b', 'c', 'A', 'B', '1', '.', ' ', '\n', '\r', '_', 'é', 'É', '\u2028', '😀', 'ſ', 'K'), {
    maxLength: 9,
  })
  .map((parts) => parts.join(''));
const flags = fc.subarray(['i', 'm', 's', 'u']).map((each) => each.join(''));

const other = createContext({ source: '', how: '', all: [] as readonly string[] });
const script = new Script('{ const made = new RegExp(source, how); all.map((text) => made.test(text)); }');

/** What JavaScript's own expressions say; null where they take too long: some of these would take minutes. */
function theirs(source: string, how: string, all: readonly string[]): boolean[] | null {
  Object.assign(other, { source, how, all });
  try {
    return [...script.runInContext(other, { timeout: 50 })];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
    throw error;
  }
}

describe('a pattern', () => {
  it('finds what a regular expression finds', () => {
    fc.assert(
      fc.property(expressions, flags, fc.array(texts, { minLength: 1, maxLength: 4 }), (source, how, all) => {
        fc.pre(!(how.includes('u') && /[/\]]/.test(source)));
        const expected = theirs(source, how, all);
        fc.pre(expected !== null);
        const mine = pattern(source, how);
        expect(all.map((text) => mine.test(text))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads every way to write a character', () => {
    for (const [source, text, how] of [
      ['\\u{1f600}+', '😀😀', 'u'],
      ['\\ud83d\\ude00', '😀', 'u'],
      ['^.$', '😀', 'u'],
      ['^..$', '😀', ''],
      ['\\p{L}+\\P{L}', 'é!', 'u'],
      ['\\cJ', '\n', ''],
      ['\\0', '\0', ''],
      ['{}', '{}', ''],
      ['a{,2}', 'a{,2}', ''],
      ['[\\]x]y', ']y', ''],
      ['(?<name>a)b', 'ab', ''],
      ['\\/', '/', ''],
      ['[^]', '\n', ''],
      ['', '', ''],
    ] as const) {
      expect(new RegExp(source, how).test(text), source).toBe(true);
      expect(pattern(source, how).test(text), source).toBe(true);
    }
  });

  it('refuses what cannot be bounded, and what is no expression', () => {
    const why = (source: string, how = '') => (Pattern.of(source, how) as { wrong: string }).wrong;
    for (const source of ['a(?=b)', 'a(?!b)', '(?<=a)b', '(?<!a)b']) {
      expect(why(source)).toBe('looks ahead or behind, which has no bound in time');
    }
    expect(why('(a)\\1')).toBe('refers back to a group, which has no bound in time');
    expect(why('(?<n>a)\\k<n>')).toBe('refers back to a group, which has no bound in time');
    for (const source of ['(((a{50}){50}){50})', 'a{3000}', '(){99999999}', '(a?){2000}']) {
      expect(why(source)).toBe('repeats too much');
    }
    expect(why('(')).toBe('is no regular expression');
    expect(why('('.repeat(101) + ')'.repeat(101))).toBe('has more than 100 groups in one another');
  });

  it('is done in time with expressions that hang others', () => {
    const body = `${'a'.repeat(65_535)}!`;
    for (const source of ['(a+)+$', '(a|aa)+$', '(.*a){20}x', '(a|b|ab)*c', '.{0,150}x', '(a*)*b', '^(\\w+\\s?)*$']) {
      const started = performance.now();
      expect(pattern(source).test(body), source).toBe(false);
      // The others take minutes, if not years.
      expect(performance.now() - started, source).toBeLessThan(10_000);
    }
  });

  it('gives up where even its own way costs too much', () => {
    let h = 1;
    const noise = Array.from({ length: 65_536 }, () => {
      h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) + 1;
      return (h >>> 16) & 1 ? 'a' : 'b';
    }).join('');
    // It counts steps, not time: a way without that bound would be here for hours.
    expect(pattern('(a|b)*a(a|b){400}x').test(noise)).toBe(null);
  });
});
