import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { misfit } from '../../src/config/outline.js';

const configs = new URL('../../configs/', import.meta.url);
const files = readdirSync(configs).filter((file) => file.endsWith('.yaml'));
const text = (file: string): string => readFileSync(new URL(file, configs), 'utf8');

describe('the outline of a file', () => {
  it.each(files)('has no misfit where there is none: %s', (file) => {
    expect(misfit(text(file), 0)).toBeNull();
    expect(misfit(text(file).replaceAll('\n', '\r\n'), 0)).toBeNull();
  });

  it('is read with texts of several lines, comments, anchors, and dashes in the column of their key', () => {
    const sound = `# don't
%YAML 1.2
---
a: &x
- b: |
    no: key
   here
  c: >-
    "open
  d: word
    and - more
    'words
- - 'it''s
    [two] lines'
  - { e: "f\\"", g: [ # a comment's quote
      h, it's ] }
"i: j" : 'k'
l: -5
m:
  -5
...
`;
    expect(misfit(sound.replace('   here', '    here'), 0)).toBeNull();
  });

  it('breaks where an odd number of spaces is taken from or given to a line', () => {
    const lines = text('scenario1-balance1.yaml').split('\n');
    let tried = 0;
    for (const [i, line] of lines.entries()) {
      if (!/^ {6}(?! *#)\w+: \w/.test(line) || !/^ {6}\w/.test(lines[i - 1] ?? '')) continue;
      for (const other of [` ${line}`, line.slice(1)]) {
        tried++;
        const result = parseConfig(lines.with(i, other).join('\n'), 'f');
        const [problem] = result.ok ? [] : result.problems;
        expect([problem?.line, problem?.message]).toEqual([i + 1, expect.stringMatching(/indent/)]);
      }
    }
    expect(tried).toBeGreaterThan(5);
  });

  it('is read to its end whatever is in it, and places are within the text', () => {
    const piece = fc.constantFrom(
      'a',
      ': ',
      '- ',
      '-',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '#',
      '\n',
      ' ',
      '\u00a0',
      '|',
      '&a ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.nat(60), (pieces, gaveUp) => {
        const any = pieces.join('');
        const found = misfit(any, gaveUp);
        if (found !== null) expect(any.split('\n')[found.line]?.length).toBeGreaterThanOrEqual(found.column);
        parseConfig(any, 'f');
      }),
    );
  });
});
