/** What a value of the kernel was before us, and what we made of it: to be put back. */
export interface Remembered {
  readonly original: number;
  readonly ours: number;
}

export type Memory<N extends string> = ReadonlyMap<N, Remembered>;

/** One value to be set. */
export interface ValueWrite<N extends string> {
  readonly name: N;
  readonly value: number;
  /** What it is now. */
  readonly was: number;
  /** `set` for the first time or to another value of the file, `repair` what somebody else changed, `put-back`. */
  readonly kind: 'set' | 'repair' | 'put-back';
}

export interface ValuePlan<N extends string> {
  /** To be stored before anything is written, so that a crash does not lose what was there before us. */
  readonly before: Memory<N>;
  readonly writes: readonly ValueWrite<N>[];
  /** To be stored when all writes are done. */
  readonly after: Memory<N>;
}

/**
 * What brings values of the kernel to what they should be. All that are wanted are remembered, also those that stand right
 * already: so a later change by somebody else is known as one. What is wanted no more is put back, unless somebody else
 * has changed it since: then it is his.
 */
export function planValues<N extends string>(
  names: readonly N[],
  wanted: Readonly<Partial<Record<N, number>>>,
  actual: Readonly<Record<N, number | null>>,
  memory: Memory<N>,
): ValuePlan<N> {
  const before = new Map(memory);
  const after = new Map(memory);
  const writes: ValueWrite<N>[] = [];
  for (const name of names) {
    const was = actual[name];
    const known = memory.get(name);
    const value = wanted[name];
    if (was === null) continue;
    if (value === undefined) {
      after.delete(name);
      if (known !== undefined && was === known.ours && was !== known.original) {
        writes.push({ name, value: known.original, was, kind: 'put-back' });
      }
      continue;
    }
    const entry = { original: known?.original ?? was, ours: value };
    before.set(name, entry);
    after.set(name, entry);
    if (was === value) continue;
    writes.push({ name, value, was, kind: known?.ours === value ? 'repair' : 'set' });
  }
  return { before, writes, after };
}

export const sameMemory = <N extends string>(a: Memory<N>, b: Memory<N>): boolean =>
  a.size === b.size &&
  [...a].every(([name, { original, ours }]) => b.get(name)?.original === original && b.get(name)?.ours === ours);
