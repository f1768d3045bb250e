import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edited, editOf, lengthOf, textOf } from '../../src/config/edit.js';

const text = fc.array(fc.constantFrom('a', 'b', '\n'), { maxLength: 60 }).map((list) => Buffer.from(list.join('')));
const pair = fc.oneof(
  fc.tuple(text, text),
  fc
    .tuple(text, text, text, text)
    .map(([head, a, b, tail]) => [Buffer.concat([head, a, tail]), Buffer.concat([head, b, tail])]),
);

describe('an edit of a text', () => {
  it('makes the other text of the one, all of it and any part (1,000 pairs)', () => {
    fc.assert(
      fc.property(pair, fc.nat(70), fc.nat(70), ([before, now], begin, length) => {
        const edit = editOf(before as Buffer, now as Buffer);
        expect(lengthOf(edit)).toBe(now?.length);
        expect(edited(before as Buffer, edit)).toEqual(now);
        expect(edited(before as Buffer, edit, begin, begin + length)).toEqual(now?.subarray(begin, begin + length));
      }),
      { numRuns: 1_000 },
    );
  });

  it('has only what differs, however long the rest is', () => {
    const before = Buffer.alloc(300_000, 'x');
    const now = Buffer.from(before);
    now[140_000] = 0;
    expect(editOf(before, now)).toEqual({ head: 140_000, middle: Buffer.alloc(1), tail: 159_999 });
    expect(editOf(before, before)).toEqual({ head: 300_000, middle: Buffer.alloc(0), tail: 0 });
    expect(editOf(Buffer.alloc(0), before)).toMatchObject({ head: 0, tail: 0 });
  });
});

describe('bytes', () => {
  it('are a text where they are UTF-8, and none where they are not', () => {
    expect(textOf(Buffer.from('# für 北京\n'))).toBe('# für 北京\n');
    expect(textOf(Buffer.from('plain'))).toBe('plain');
    expect(textOf(Buffer.from([0x66, 0xfc]))).toBeNull();
  });
});
