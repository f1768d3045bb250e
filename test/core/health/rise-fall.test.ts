import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HealthState, judge, UNKNOWN } from '../../../src/core/health/rise-fall.js';

/** Feeds `+` and `-`, and writes what is believed after each. */
function run(results: string, rise: number, fall: number): string {
  let state: HealthState = UNKNOWN;
  return [...results]
    .map((r) => {
      state = judge(state, r === '+', { rise, fall });
      return state.verdict === 'up' ? 'U' : 'd';
    })
    .join('');
}

describe('rise and fall', () => {
  it('counts the first result at once, whatever rise and fall say', () => {
    expect(run('+', 5, 5)).toBe('U');
    expect(run('-', 5, 5)).toBe('d');
  });

  it('takes a server down after `fall` failures in a row, not before', () => {
    expect(run('+--+---', 1, 3)).toBe('UUUUUUd');
  });

  it('brings a server up after `rise` successes in a row, not before', () => {
    expect(run('-+-++', 2, 1)).toBe('ddddU');
  });

  it('keeps the same object in a steady state', () => {
    const up = judge(UNKNOWN, true, { rise: 2, fall: 2 });
    expect(judge(up, true, { rise: 2, fall: 2 })).toBe(up);
  });

  it('changes its verdict exactly when the last rise or fall results agree against it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        (results, rise, fall) => {
          let state: HealthState = UNKNOWN;
          let believed: boolean | null = null;
          results.forEach((ok, i) => {
            state = judge(state, ok, { rise, fall });
            const need = ok ? rise : fall;
            const last = results.slice(Math.max(0, i + 1 - need), i + 1);
            if (believed === null || (last.length === need && last.every((r) => r === ok))) believed = ok;
            expect(state.verdict).toBe(believed ? 'up' : 'down');
          });
        },
      ),
    );
  });
});
