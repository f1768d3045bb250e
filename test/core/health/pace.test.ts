import { describe, expect, it } from 'vitest';
import { Load } from '../../../src/core/health/pace.js';
import { Schedule } from '../../../src/core/health/schedule.js';
import { instant, micros, millis, seconds } from '../../../src/values/time.js';

const loaded = (count: number, interval: ReturnType<typeof seconds>, timeout: ReturnType<typeof seconds>): Load => {
  const load = new Load();
  for (let n = 0; n < count; n++) load.add({ interval, timeout });
  return load;
};

describe('the pace of checks', () => {
  it('lets a few checks run each at its own moment, all at a time', () => {
    expect(loaded(2, seconds(1), millis(500)).pace).toEqual({ concurrency: 2, grid: 0 });
  });

  it('has room for all that are silent, and wakes up for many together', () => {
    expect(loaded(1_000, seconds(1), seconds(1)).pace).toEqual({ concurrency: 1_000, grid: millis(10) });
    expect(loaded(10_000, seconds(5), seconds(1)).pace).toEqual({ concurrency: 2_564, grid: millis(10) });
  });

  it('keeps to what descriptors there are', () => {
    expect(loaded(100_000, seconds(1), seconds(1)).pace.concurrency).toBe(4_096);
  });

  it('delays nothing by more than a twentieth of the shortest interval', () => {
    const load = loaded(1_000, seconds(1), seconds(1));
    load.add({ interval: millis(40), timeout: millis(40) });
    expect(load.pace.grid).toBe(millis(2));
    load.remove({ interval: millis(40), timeout: millis(40) });
    expect(load.pace.grid).toBe(millis(10));
  });

  it('is as at first when all have gone', () => {
    const load = loaded(10, seconds(1), seconds(1));
    for (let n = 0; n < 10; n++) load.remove({ interval: seconds(1), timeout: seconds(1) });
    expect(load.pace).toEqual(new Load().pace);
  });

  it('starts fewer of those that cost more in one turn', () => {
    const schedule = new Schedule<string>({ concurrency: 100, burst: 8, pace: millis(2) });
    const timing = { interval: seconds(1), retries: 0, retryDelay: seconds(1), jitter: micros(0) };
    for (let n = 0; n < 4; n++) schedule.add(`dear ${n}`, 'dear', timing, instant(0), 4);
    for (let n = 0; n < 20; n++) schedule.add(`cheap ${n}`, 'cheap', timing, instant(0));
    const turns: number[] = [];
    for (let n = 0; n < 10; n++) {
      let cost = 0;
      schedule.take(instant(2_000_000), (entry) => {
        cost += entry.cost;
      });
      if (cost > 0) turns.push(cost);
    }
    expect(turns.reduce((a, b) => a + b)).toBe(36);
    expect(Math.max(...turns)).toBeLessThan(12);
  });
});
