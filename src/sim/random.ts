/** A seeded generator of numbers: the same seed gives the same run. */
export interface Random {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number, `min` ≤ n ≤ `max`. */
  integer(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Another generator, of its own sequence: what one part draws does not shift what the other gets. */
  fork(): Random;
}

/** mulberry32 (public domain, Tommy Ettinger): 32 bits of state are plenty for a test run. */
export function seeded(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    next,
    integer,
    chance: (probability) => probability > 0 && next() < probability,
    pick: (from) => {
      if (from.length === 0) throw new RangeError('nothing to pick from');
      return from[integer(0, from.length - 1)] as (typeof from)[number];
    },
    fork: () => seeded(integer(0, 0xffff_ffff)),
  };
}
