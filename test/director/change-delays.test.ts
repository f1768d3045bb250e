import { expect, it } from 'vitest';
import { ChangeDelays } from '../../src/director/change-delays.js';
import { instant } from '../../src/values/time.js';

const counts = (delays: ChangeDelays): string[] =>
  delays.histogram.buckets.filter(({ count }) => count > 0).map(({ seconds, count }) => `${count} within ${seconds}`);

it('counts from the first who wants a change of a service until it is made, each once', () => {
  const delays = new ChangeDelays();
  delays.wanted(['a', 'b'], instant(1_000));
  delays.wanted(['a'], instant(2_000));
  delays.made(['a', 'c'], instant(3_400));
  delays.made(['a'], instant(9_000));
  expect(counts(delays)).toEqual([
    '1 within 0.0025',
    '1 within 0.005',
    '1 within 0.01',
    '1 within 0.025',
    '1 within 0.1',
    '1 within 1',
  ]);
  delays.made(['b'], instant(41_000));
  expect(delays.histogram).toMatchObject({ count: 2, sumSeconds: 0.0424 });
  expect(counts(delays).slice(-3)).toEqual(['1 within 0.025', '2 within 0.1', '2 within 1']);
});

it('forgets services of which nothing was to be changed, and counts all that take longer than its bounds', () => {
  const delays = new ChangeDelays();
  delays.wanted(['a', 'b'], instant(0));
  delays.forget(['a']);
  delays.made(['a', 'b'], instant(5_000_000));
  expect(counts(delays)).toEqual([]);
  expect(delays.histogram).toMatchObject({ count: 1, sumSeconds: 5 });
});
