import { describe, expect, it } from 'vitest';
import { Rivals } from '../../src/core/vrrp/rivals.js';
import type { Ip } from '../../src/values/ip.js';
import { instant, seconds } from '../../src/values/time.js';

const A = '10.0.0.1' as Ip;
const B = '10.0.0.2' as Ip;
const at = (s: number) => instant(s * 1e6);

describe('two masters beside each other', () => {
  it('are not told from one advert of a loser, which may have crossed ours', () => {
    const rivals = new Rivals();
    expect(rivals.heard(A, true, seconds(1), at(10))).toBe(false);
    expect(rivals.heard(A, true, seconds(1), at(10.001))).toBe(false);
  });

  it('are told when a loser goes on for an interval after our answer', () => {
    const rivals = new Rivals();
    rivals.heard(A, true, seconds(1), at(10));
    expect(rivals.heard(A, true, seconds(1), at(11))).toBe(true);
  });

  it('are not told from the first adverts of two losers far apart in time', () => {
    const rivals = new Rivals();
    rivals.heard(A, true, seconds(1), at(10));
    expect(rivals.heard(A, true, seconds(1), at(100))).toBe(false);
    expect(rivals.heard(B, true, seconds(1), at(101))).toBe(false);
  });

  it('are told by a backup that hears them take turns, not by one that hears a takeover', () => {
    const rivals = new Rivals();
    const heard = (from: Ip, s: number) => rivals.heard(from, false, seconds(1), at(s));
    expect([heard(A, 1), heard(A, 2), heard(B, 2.5), heard(A, 3), heard(B, 3.5)]).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    const takeover = new Rivals();
    const crossing = [A, B, A, B, B, B].map((from, i) => takeover.heard(from, false, seconds(1), at(i < 3 ? 1 : i)));
    expect(crossing.slice(4)).toEqual([false, false].map(() => crossing[4]));
  });

  it('are told no more when the turns end', () => {
    const rivals = new Rivals();
    for (const [from, s] of [
      [A, 1],
      [B, 1.5],
      [A, 2],
      [B, 2.5],
    ] as const)
      rivals.heard(from, false, seconds(1), at(s));
    expect(rivals.heard(B, false, seconds(1), at(10))).toBe(false);
  });
});
