import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alike, apart } from '../../src/values/alike.js';

test('the ends that two lists have in common never overlap', () => {
  expect(alike([1, 2, 3], [1, 2, 3])).toEqual({ head: 3, tail: 0 });
  expect(alike([1, 2, 3, 4], [1, 3, 4])).toEqual({ head: 1, tail: 2 });
  expect(alike([1, 1, 1], [1, 1])).toEqual({ head: 2, tail: 0 });
  expect(alike([], [1])).toEqual({ head: 0, tail: 0 });
});

test('what is apart is what the other list does not have, in its order', () => {
  const list = fc.uniqueArray(fc.nat(20));
  fc.assert(
    fc.property(list, list, (a, b) => {
      expect(apart(a, b)).toEqual({
        left: a.filter((each) => !b.includes(each)),
        right: b.filter((each) => !a.includes(each)),
      });
    }),
  );
});
