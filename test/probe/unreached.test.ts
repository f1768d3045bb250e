import { expect, it } from 'vitest';
import type { Verdict } from '../../src/probe/result.js';
import { Unreached } from '../../src/probe/unreached.js';

const NO_ROUTE: Verdict = { ok: false, reason: 'no route to host' };
const error = (code: string) => Object.assign(new Error(code), { code });

/** How long a kernel looks for a neighbour before it says that there is none, ms. */
const LOOKS = 3_070;

/**
 * Attempts at a host that nobody has until `until`, and that is silent from then on. A kernel that looks for it tells all
 * attempts of that time when it gives up. @returns when silence was a success, by attempt.
 */
function attempts(interval: number, timeout: number, until: number, count: number): boolean[] {
  const unreached = new Unreached();
  const found: boolean[] = [];
  let told: number | null = null;
  const pass = (now: number): void => {
    if (told === null || told > now) return;
    if (told < until) unreached.heard(error('EHOSTUNREACH'), NO_ROUTE, told);
    told = null;
  };
  for (let i = 0; i < count; i++) {
    const now = i * interval;
    pass(now);
    unreached.begins(now);
    told ??= now + LOOKS;
    pass(now + timeout);
    found.push(unreached.silence(now + timeout).ok);
  }
  return found;
}

it.each([
  [1_000, 500],
  [2_000, 1_000],
  [3_000, 1_000],
  [5_000, 2_000],
  [10_000, 1_000],
  [60_000, 5_000],
])(
  'every %i ms with %i ms each, a host that is not there counts as such within 4 s or an interval, and goes on to',
  (interval, timeout) => {
    const found = attempts(interval, timeout, Number.POSITIVE_INFINITY, 60);
    const first = found.indexOf(false);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first * interval).toBeLessThanOrEqual(Math.max(4_000, interval));
    expect(found.slice(first).every((ok) => !ok)).toBe(true);
  },
);

it('one that has come is believed after 8 s or the attempt after the next, whichever is later', () => {
  for (const [interval, timeout] of [
    [1_000, 500],
    [2_000, 1_000],
    [10_000, 1_000],
    [60_000, 5_000],
  ] as const) {
    const until = 20 * interval;
    const found = attempts(interval, timeout, until, 60);
    expect(found[20]).toBe(false);
    expect((found.indexOf(true, 20) - 20) * interval).toBeLessThanOrEqual(Math.max(9_000, 2 * interval));
  }
});

it('an answer, or an error of the host itself, ends it at once', () => {
  for (const end of [
    (unreached: Unreached) => unreached.answered(),
    (unreached: Unreached) => unreached.heard(error('ECONNREFUSED'), { ok: false, reason: 'refused' }, 2),
  ]) {
    const unreached = new Unreached();
    unreached.begins(0);
    unreached.heard(error('EHOSTUNREACH'), NO_ROUTE, 1);
    expect(unreached.silence(1)).toEqual(NO_ROUTE);
    end(unreached);
    expect(unreached.silence(3)).toEqual({ ok: true });
  }
});

it('one socket at a time listens on', () => {
  const closed: number[] = [];
  const unreached = new Unreached();
  for (const n of [1, 2, 3]) unreached.listens(() => closed.push(n));
  expect(closed).toEqual([1, 2]);
});
