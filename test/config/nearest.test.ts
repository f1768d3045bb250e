import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distance, nearest } from '../../src/config/nearest.js';

test('the distance counts letters put in, left out, replaced and swapped', () => {
  expect(distance('', 'abc')).toBe(3);
  expect(distance('interval', 'intreval')).toBe(1);
  expect(distance('weight', 'wieght')).toBe(1);
  expect(distance('kitten', 'sitting')).toBe(3);
});

test('the distance is the same both ways and 0 for equal words only', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
      expect(distance(a, b)).toBe(distance(b, a));
      expect(distance(a, b) === 0).toBe(a === b);
    }),
  );
});

test('a word is suggested when it is near, and none when nothing is', () => {
  const known = ['advert_int', 'preempt', 'priority'];
  expect(nearest('advertint', known)).toBe('advert_int');
  expect(nearest('Advert-Int', known)).toBe('advert_int');
  expect(nearest('preemt', known)).toBe('preempt');
  expect(nearest('nopreempt', known)).toBe('preempt');
  expect(nearest('state', known)).toBeNull();
  expect(nearest('x'.repeat(50_000), known)).toBeNull();
});
