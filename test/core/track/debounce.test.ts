import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Debounced, observe, settle, settlesAt } from '../../../src/core/track/debounce.js';
import { after, type Instant, instant, millis } from '../../../src/values/time.js';

const delays = { up: millis(1_000), down: millis(500) };
const isUp = (value: string): boolean => value === 'up';
const at = (ms: number): Instant => after(instant(0), millis(ms));

/** What counts after each sight, at its time in ms. */
function transcript(...sights: readonly (readonly [number, string])[]): string[] {
  let state: Debounced<string> | null = null;
  return sights.map(([ms, value]) => {
    state = observe(state, value, isUp, delays, at(ms));
    return `${ms} ${value}: ${state.counts}${state.pending === null ? '' : `, ${state.pending.value} at ${state.pending.at / 1_000}`}`;
  });
}

describe('a change that must last', () => {
  it('counts after its delay; the first sight at once, as another kind of down', () => {
    expect(transcript([0, 'down'], [10, 'missing'], [20, 'up'], [500, 'up'], [1_020, 'up'])).toEqual([
      '0 down: down',
      '10 missing: missing',
      '20 up: missing, up at 1020',
      '500 up: missing, up at 1020',
      '1020 up: up',
    ]);
  });

  it('is forgotten when it goes back before, and then begins anew', () => {
    expect(
      transcript([0, 'up'], [100, 'down'], [400, 'up'], [450, 'down'], [700, 'missing'], [950, 'missing']),
    ).toEqual([
      '0 up: up',
      '100 down: up, down at 600',
      '400 up: up',
      '450 down: up, down at 950',
      '700 missing: up, missing at 950',
      '950 missing: missing',
    ]);
  });

  it('without delays what is seen is what counts', () => {
    const none = { up: millis(0), down: millis(0) };
    fc.assert(
      fc.property(fc.array(fc.constantFrom('up', 'down', 'missing'), { minLength: 1 }), (values) => {
        let state: Debounced<string> | null = null;
        for (const value of values) {
          state = observe(state, value, isUp, none, at(0));
          expect(state).toEqual({ counts: value, pending: null });
        }
      }),
    );
  });

  it('never counts what has not lasted, and always what has, for every history', () => {
    const step = fc.record({ wait: fc.integer({ min: 0, max: 1_500 }), up: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        let now = 0;
        let state: Debounced<boolean> | null = null;
        let since = 0;
        let last: boolean | null = null;
        for (const { wait, up } of steps) {
          // Time passes as an alarm would have it: what is due settles before the next sight.
          const due: Instant | null = state === null ? null : settlesAt([state]);
          now += wait;
          if (state !== null && due !== null && due <= at(now)) state = settle(state, due);
          const before: boolean | null = state?.counts ?? null;
          if (last !== up) since = now;
          last = up;
          state = observe(state, up, (v) => v, delays, at(now));
          const lasted = now - since;
          if (before !== null && state.counts !== before) expect(lasted).toBeGreaterThanOrEqual(up ? 1_000 : 500);
          if (state.counts !== up) expect(lasted).toBeLessThan(up ? 1_000 : 500);
        }
      }),
    );
  });
});
