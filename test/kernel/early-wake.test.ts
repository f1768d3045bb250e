import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/sim/clock.js';
import { between, type Instant, micros, millis, after as plus, seconds } from '../../src/values/time.js';
import { TURN, VirtualLoop } from './support/virtual-loop.js';

let clock: VirtualClock;
let loop: VirtualLoop;
let start: Instant;

/** Times relative to the start, in µs. */
const since = (at: Instant): number => between(start, at);

beforeEach(() => {
  clock = new VirtualClock();
  loop = new VirtualLoop(clock);
  start = clock.now();
});

describe('an alarm that is prepared for', () => {
  const prepared = (at: Instant, lead = millis(1)) => {
    const seen: { prepared: number[]; fired: number[]; until: number[] } = { prepared: [], fired: [], until: [] };
    const alarm = loop.alarms.alarm(() => seen.fired.push(since(clock.now())));
    const preparation = {
      lead,
      prepare: (until: Instant) => {
        seen.prepared.push(since(clock.now()));
        seen.until.push(since(until));
      },
    };
    alarm.set(at, preparation);
    return { alarm, seen, preparation };
  };

  it('wakes the loop before its time, prepares once, does not sleep, and fires at its time and not before', async () => {
    const { seen } = prepared(plus(start, seconds(3)));
    await clock.advance(seconds(4));
    expect(seen.prepared).toEqual([2_999_000]);
    expect(seen.fired).toHaveLength(1);
    expect(seen.fired[0]).toBeGreaterThanOrEqual(3_000_000);
    expect(seen.fired[0]).toBeLessThanOrEqual(3_000_000 + TURN);
    expect(seen.until).toEqual([3_001_000]);
    expect(loop.turns).toBeLessThanOrEqual(2_000 / TURN + 2);
  });

  it('costs nothing as long as it is put off in time', async () => {
    const { alarm, seen, preparation } = prepared(plus(start, millis(3600)));
    for (let i = 0; i < 100; i += 1) {
      await clock.advance(seconds(1));
      alarm.set(plus(clock.now(), millis(3600)), preparation);
    }
    expect(seen).toEqual({ prepared: [], fired: [], until: [] });
    expect(loop.turns).toBe(0);
    // The timer is not armed anew each time: it goes off too early now and then, and finds nothing due.
    expect(loop.wakes.length).toBeLessThan(50);
  });

  it('does not fire when it is put off in the last moment, between its preparation and its time', async () => {
    const { alarm, seen, preparation } = prepared(plus(start, seconds(3)));
    await clock.advance(micros(2_999_990));
    expect(seen.prepared).toHaveLength(1);
    alarm.set(plus(clock.now(), seconds(3)), preparation);
    await clock.advance(seconds(2));
    expect(seen.fired).toEqual([]);
    await clock.advance(seconds(2));
    expect(seen.fired).toHaveLength(1);
  });

  it('is prepared for at once where its time is nearer than the lead, and fires without it where that is past', async () => {
    const near = prepared(plus(start, micros(300)));
    await clock.advance(millis(5));
    expect(near.seen.prepared).toEqual([0]);
    expect(near.seen.fired[0]).toBeGreaterThanOrEqual(300);
    const past = prepared(start);
    await clock.advance(millis(50));
    expect(past.seen.prepared).toEqual([]);
    expect(past.seen.fired).toHaveLength(1);
  });

  it('among hundreds that take over within one second leaves the loop most of its time', async () => {
    const all = Array.from({ length: 255 }, (_, i) => prepared(plus(start, micros(3_000_000 + 4_000 * i))));
    await clock.advance(seconds(6));
    for (const { seen } of all) expect(seen.fired).toHaveLength(1);
    expect(all.flatMap(({ seen }) => seen.fired).every((at, i) => at >= 3_000_000 + 4_000 * i)).toBe(true);
    expect(loop.turns * TURN).toBeLessThan(400_000);
  });
});

describe('many alarms', () => {
  it('go off together, in some milliseconds, each as late as the time before, and none too early', async () => {
    const late = new Map<number, number[]>();
    for (let i = 0; i < 255; i += 1) {
      let at = plus(start, micros(100_000 + 137 * i));
      const lates: number[] = [];
      late.set(i, lates);
      const alarm = loop.alarms.alarm(() => {
        lates.push(between(at, clock.now()));
        at = plus(at, millis(100));
        alarm.set(at);
      });
      alarm.set(at);
    }
    await clock.advance(seconds(10));
    for (const [i, lates] of late) {
      expect(lates.length).toBeGreaterThan(95);
      expect(lates[0], `alarm ${i}`).toBeLessThan(2_500);
      expect(new Set(lates).size, `alarm ${i}`).toBe(1);
    }
    expect(Math.min(...[...late.values()].flat())).toBeGreaterThanOrEqual(0);
    expect(loop.wakes.length).toBeLessThan(10 * 10 * 20);
  });

  it('that are due at once do not keep the loop from what else it has to do', async () => {
    let fired = 0;
    for (let i = 0; i < 200; i += 1) {
      loop.alarms
        .alarm(() => {
          fired += 1;
        })
        .set(plus(start, millis(1)));
    }
    await clock.advance(millis(50));
    expect(fired).toBe(200);
    expect(loop.wakes.length).toBeGreaterThanOrEqual(200 / 64);
  });
});
