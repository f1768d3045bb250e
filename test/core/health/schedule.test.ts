import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstDue, followingPoint, latestPoint, nextPoint, spread } from '../../../src/core/health/grid.js';
import { Schedule, type Scheduled, type Timing } from '../../../src/core/health/schedule.js';
import { after, type Instant, instant, micros, millis, seconds } from '../../../src/values/time.js';

const timing: Timing = { interval: seconds(1), retries: 0, retryDelay: millis(100), jitter: millis(0) };
const limits = { concurrency: 8, burst: 4, pace: millis(2) };

/** Runs a schedule whose checks each take `takes`, from `from` to `to`. @returns when each was started. */
function drive(
  schedule: Schedule<string>,
  from: Instant,
  to: Instant,
  takes = millis(1),
  ok: () => boolean = () => true,
) {
  const started: { what: string; at: Instant; running: number }[] = [];
  const ends: { entry: Scheduled<string>; at: Instant }[] = [];
  let now = from;
  while (now < to) {
    for (const e of ends.splice(0)) {
      if (e.at <= now) schedule.done(e.entry, ok(), now);
      else ends.push(e);
    }
    schedule.take(now, (entry) => {
      ends.push({ entry, at: after(now, takes) });
      started.push({ what: entry.what, at: now, running: ends.length });
    });
    const wake = schedule.wake(now) ?? Number.POSITIVE_INFINITY;
    const next = Math.min(wake, ...ends.map((e) => e.at));
    if (!Number.isFinite(next)) break;
    now = instant(Math.max(next, now + 1));
  }
  return started;
}

describe('the schedule of checks', () => {
  it('runs the first check of each within one interval, and spreads them over it', () => {
    const schedule = new Schedule<string>({ concurrency: 100, burst: 100, pace: millis(1) });
    for (let i = 0; i < 1_000; i++) schedule.add(`10.0.${i >> 8}.${i & 255}:80`, `${i}`, timing, instant(0));
    const started = drive(schedule, instant(0), instant(999_999), micros(100));
    expect(new Set(started.map((s) => s.what)).size).toBe(1_000);
    const tenths = Array.from({ length: 10 }, (_, t) => started.filter((s) => Math.floor(s.at / 100_000) === t).length);
    expect(Math.max(...tenths)).toBeLessThan(140);
    expect(Math.min(...tenths)).toBeGreaterThan(60);
  });

  it('keeps each check on its grid, whatever it takes', () => {
    const schedule = new Schedule<string>(limits);
    const first = schedule.add('a', 'a', timing, instant(0)).due;
    const started = drive(schedule, instant(0), instant(10_000_000), millis(700));
    expect(started.map((s) => s.at)).toEqual(started.map((_, i) => first + i * 1_000_000));
    expect(started).toHaveLength(10);
  });

  it('runs a check once after a stall of 60 intervals, and goes on on its grid', () => {
    const schedule = new Schedule<string>(limits);
    const first = schedule.add('a', 'a', timing, instant(0)).due;
    const started = drive(schedule, instant(60_500_000), instant(63_500_000));
    expect(started[0]?.at).toBe(60_500_000);
    expect(started.slice(1).every((s) => (s.at - first) % 1_000_000 === 0)).toBe(true);
    expect(started.length).toBeLessThanOrEqual(4);
  });

  it('does not start everything at once after a stall', () => {
    const schedule = new Schedule<string>(limits);
    for (let i = 0; i < 100; i++) schedule.add(`s${i}`, `${i}`, timing, instant(0));
    let together = 0;
    schedule.take(instant(5_000_000), () => together++);
    expect(together).toBe(4);
    expect(schedule.wake(instant(5_000_000))).toBe(5_002_000);
  });

  it('never runs more than `concurrency` at a time and starves none when it cannot keep up', () => {
    const schedule = new Schedule<string>(limits);
    for (let i = 0; i < 40; i++) schedule.add(`s${i}`, `${i}`, timing, instant(0));
    const started = drive(schedule, instant(0), instant(60_000_000), millis(400));
    expect(Math.max(...started.map((s) => s.running))).toBeLessThanOrEqual(8);
    const counts = Array.from({ length: 40 }, (_, i) => started.filter((s) => s.what === `${i}`).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
  });

  it('tries again after retryDelay within one check, and counts only the last attempt', () => {
    const schedule = new Schedule<string>(limits);
    const entry = schedule.add('a', 'a', { ...timing, retries: 2 }, instant(0));
    const first = entry.due;
    schedule.take(first, () => {});
    expect(schedule.done(entry, false, after(first, millis(10)))).toBe(false);
    expect(entry.due).toBe(first + 110_000);
    schedule.take(entry.due, () => {});
    expect(schedule.done(entry, false, entry.due)).toBe(false);
    schedule.take(entry.due, () => {});
    expect(schedule.done(entry, false, entry.due)).toBe(true);
    expect(entry.due).toBe(first + 1_000_000);
  });

  it('gives the place of a removed check back', () => {
    const schedule = new Schedule<string>({ ...limits, concurrency: 1 });
    for (const name of ['a', 'b']) schedule.add(name, name, timing, instant(0));
    const seen: Scheduled<string>[] = [];
    const take = () => schedule.take(instant(2_000_000), (e) => seen.push(e));
    take();
    take();
    expect(seen).toHaveLength(1);
    for (const entry of [...seen]) schedule.remove(entry);
    take();
    expect(seen.map((e) => e.what).sort()).toEqual(['a', 'b']);
  });

  it('has a hash that puts equal texts at equal places and stays within the interval', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 3_600_000_000 }), (key, interval) => {
        const due = firstDue(key, instant(7), micros(interval));
        expect(due).toBeGreaterThanOrEqual(7);
        expect(due).toBeLessThan(7 + interval);
        expect(spread(key)).toBe(spread(key));
      }),
    );
  });

  it('runs a check that takes as long as its interval back to back, so that a silent server is out in time', () => {
    const schedule = new Schedule<string>(limits);
    const first = schedule.add('a', 'a', timing, instant(0)).due;
    const started = drive(schedule, instant(0), instant(5_000_000), millis(1_001), () => false);
    expect(started[2]?.at).toBe(first + 2 * 1_001_000);
  });

  it('has a latest, a following and a next point that lie on the grid, on their side of now', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: 1, max: 1e7 }), fc.nat(1e9), (point, interval, late) => {
        const now = instant(point + late);
        const at = (of: typeof latestPoint) => of(instant(point), micros(interval), now);
        const [latest, following, next] = [at(latestPoint), at(followingPoint), at(nextPoint)];
        for (const p of [latest, following, next]) expect((p - point) % interval).toBe(0);
        expect(now - latest).toBeGreaterThanOrEqual(0);
        expect(now - latest).toBeLessThan(interval);
        expect(next).toBe(latest + interval);
        expect(following).toBe(latest === point ? next : latest);
      }),
    );
  });
});
