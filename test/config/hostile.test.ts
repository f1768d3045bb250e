import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem, parseConfig } from '../../src/config/load.js';
import { instance, service } from './bad/row.js';

/** What a call costs, in ms of processor time: other work on the machine does not count. */
function cost<T>(work: () => T): { readonly value: T; readonly ms: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, ms: (user + system) / 1_000 };
}

const lines = (n: number, line: (i: number) => string): string => Array.from({ length: n }, (_, i) => line(i)).join('');
const head = 'ipvs:\n  services:\n    - address: 10.0.0.1:80\n      servers:\n';

// One to one and a half at rest; the collector's threads count too, and double it on a busy machine.
describe('a file of 50,000 lines takes less than 10 s of processor time', () => {
  test.each([
    ['empty lines', '\n'.repeat(50_000), false],
    ['comments', `${instance()}${'# nothing\n'.repeat(50_000)}`, true],
    ['keys', `ipvs:\n${lines(50_000, (i) => `  k${i}: 1\n`)}`, false],
    ['services that are none', `ipvs:\n  services:\n${lines(50_000, (i) => `  - ${i}\n`)}`, false],
    ['one key again and again', `ipvs:\n${'  a: 1\n'.repeat(50_000)}`, false],
    ['one server again and again', `${head}${'        - address: a:1\n'.repeat(45_000)}${'\n'.repeat(5_000)}`, false],
    [
      'servers, too many bytes',
      `${head}${lines(50_000, (i) => `        - address: 10.1.${i >> 8}.${i & 255}:80\n`)}`,
      false,
    ],
  ])(
    '%s',
    (_, text, ok) => {
      const { value, ms } = cost(() => parseConfig(text, 'f.yaml'));
      expect(value.ok).toBe(ok);
      if (!value.ok) expect(value.problems.length).toBeLessThan(1_003);
      expect(ms).toBeLessThan(10_000);
    },
    30_000,
  );
});

test('1,000 services with 10 servers each are read', () => {
  const servers = (s: number) =>
    lines(10, (i) => `        - { address: 10.${s >> 8}.${s & 255}.${i + 1}:80, weight: 1 }\n`);
  const text = `ipvs:\n  services:\n${lines(1_000, (s) => `    - address: 10.99.${s >> 8}.${s & 255}:80\n      scheduler: rr\n      check: { type: tcp }\n      servers:\n${servers(s)}`)}`;
  const result = parseConfig(text, 'f.yaml');
  expect(result.ok && result.config.ipvs.services.flatMap((s) => s.servers).length).toBe(10_000);
}, 30_000);

test('what is nested too deeply is refused', () => {
  for (const text of ['['.repeat(20_000), '{a: '.repeat(20_000), '- '.repeat(20_000)]) {
    const result = parseConfig(text, 'f.yaml');
    expect(result.ok ? [] : result.problems.map((p) => p.message)).toEqual([
      'this is no YAML: brackets, braces or dashes nested too deeply; allowed: a few levels',
    ]);
  }
}, 30_000);

test('keys that a slip made a text do not show the password that stood in them', () => {
  const sound = instance('auth: { type: pass, pass: Gargoyle }');
  const at = sound.indexOf('auth:');
  for (const slip of ['\n    - >', '\n    - |', '\n    - "', "\n    - '"]) {
    for (const end of ['', '"', "'"]) {
      const text = `${sound.slice(0, at).trimEnd()}${slip}${sound.slice(at).replace('}', `}${end}`)}`;
      const result = parseConfig(text, 'f.yaml');
      expect(JSON.stringify(result.ok ? [] : result.problems), text).not.toContain('Gargoyle');
    }
  }
  // Seed 21778202.
  const cut = `${sound.slice(0, 111)}\n    - >${sound.slice(130)}`;
  const result = parseConfig(cut, 'f.yaml');
  expect(JSON.stringify(result.ok ? [] : result.problems)).not.toContain('Gargoyle');
});

test('an alias of an alias of a list does not fill the memory', () => {
  const text = `a: &a [${'1,'.repeat(20_000)}]\nb: [${'*a,'.repeat(900)}]\n`;
  const { value, ms } = cost(() => parseConfig(text, 'f.yaml'));
  expect(value.ok ? [] : value.problems.map((p) => p.message)).toEqual([
    'more than 1000000 values after aliases (*name) are put in; allowed: fewer',
  ]);
  expect(ms).toBeLessThan(10_000);
}, 30_000);

const seed = Number(process.env.DIRECTORD_SEED ?? Date.now() % 2 ** 31);

/** Pieces of YAML and of this file's own words, in any order. */
const words = fc.oneof(
  fc.constantFrom(
    ...[
      'vrrp',
      'ipvs',
      'instances',
      'services',
      'servers',
      'check',
      'auth',
      'pass',
      'type',
      'address',
      'track',
      'name',
    ],
    ...[
      ':',
      ': ',
      '\n',
      '\n  ',
      '\n    - ',
      '- ',
      ' ',
      '{',
      '}',
      '[',
      ']',
      ', ',
      '"',
      "'",
      '|',
      '>',
      '#',
      '\t',
      '---',
      '...',
    ],
    ...[
      '&a ',
      '*a ',
      '!',
      '!!set ',
      '%YAML 1.1\n',
      '<<',
      '__proto__',
      'null',
      '~',
      '1s',
      '0x10',
      '1e9',
      '.inf',
      '10.0.0.1:80',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);

test(`no text makes the loader throw, and every problem has its place (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
      const result = parseConfig(parts.join(''), 'f.yaml');
      if (result.ok) return;
      expect(result.problems.length).toBeGreaterThan(0);
      for (const p of result.problems) {
        expect(formatProblem(p)).toMatch(/^f\.yaml:[1-9]\d*:[1-9]\d*: \P{Cc}+$/u);
      }
    }),
    { seed, numRuns: 1_000 },
  );
}, 60_000);

test(`no value in any place of a file makes the loader throw, or shows a password (seed ${seed})`, () => {
  const sound = `${instance('auth: { type: pass, pass: Gargoyle }')}${service('check: { type: http }', 'servers: [{ address: 10.0.0.1:80 }]')}`;
  const places = [...sound.matchAll(/\S+/g)].map((match) => [match.index, match[0].length] as const);
  fc.assert(
    fc.property(fc.constantFrom(...places), fc.array(words, { maxLength: 4 }), ([at, length], parts) => {
      const result = parseConfig(sound.slice(0, at) + parts.join('') + sound.slice(at + length), 'f.yaml');
      if (!result.ok) expect(JSON.stringify(result.problems)).not.toContain('Gargoyle');
    }),
    { seed, numRuns: 1_000 },
  );
}, 60_000);
