import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shift } from '../../../src/core/health/jitter.js';
import { Schedule, type Timing } from '../../../src/core/health/schedule.js';
import { type Instant, instant, millis, seconds } from '../../../src/values/time.js';

describe('jitter', () => {
  it('is from nothing to its bound, and the same for the same check and point', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat(1e15), fc.nat(1e9), (seed, at, bound) => {
        const found = shift(seed, instant(at), millis(bound / 1_000));
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(bound);
        expect(shift(seed, instant(at), millis(bound / 1_000))).toBe(found);
      }),
    );
  });

  it('spreads evenly from run to run, and from check to check', () => {
    for (const of of [
      (i: number) => shift(0.3, instant(i * 1_000_000), seconds(1)),
      (i: number) => shift(i / 1_000, instant(5_000_000), seconds(1)),
    ]) {
      const tenths = new Array<number>(10).fill(0);
      for (let i = 0; i < 1_000; i++) {
        const tenth = Math.floor(of(i) / 100_000);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      for (const count of tenths) expect(count).toBeGreaterThan(60);
    }
  });

  it('skips no run and doubles none, even as large as the interval', () => {
    const timing: Timing = { interval: seconds(1), retries: 0, retryDelay: millis(0), jitter: seconds(1) };
    const schedule = new Schedule<string>({ concurrency: 10, burst: 10, pace: millis(1) });
    schedule.add('a', 'a', timing, instant(0));
    const runs: Instant[] = [];
    for (let t = 0; t < 60_000_000; t += 1_000) {
      schedule.take(instant(t), (entry) => {
        runs.push(instant(t));
        schedule.done(entry, true, instant(t));
      });
    }
    expect(runs.length).toBeGreaterThanOrEqual(58);
    expect(runs.length).toBeLessThanOrEqual(60);
    const gaps = runs.slice(1).map((run, i) => run - (runs[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2_001_000);
    expect(new Set(gaps).size).toBeGreaterThan(40);
  });
});
