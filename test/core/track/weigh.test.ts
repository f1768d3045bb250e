import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tracked, TrackKind, TrackVerdict } from '../../../src/core/track/verdict.js';
import { effectOf, weighTracks } from '../../../src/core/track/weigh.js';

const tracked = (kind: TrackKind, verdict: TrackVerdict | null, weight = 0, reverse = false): Tracked => ({
  kind,
  name: 'x',
  weight,
  reverse,
  verdict,
});
const up: TrackVerdict = { up: true, reason: null };
const down: TrackVerdict = { up: false, reason: null };
const file = (value: number, weight: number, reverse = false): Tracked =>
  tracked('file', { up: value === 0, reason: null, value }, weight, reverse);

const KINDS: readonly TrackKind[] = ['script', 'interface', 'process', 'service', 'route', 'quorum'];

describe('what a track does to its instance', () => {
  it('says in words of its kind why it is a fault', () => {
    const said = (t: Tracked): string => effectOf(t).reason ?? '';
    expect(said(tracked('script', { up: false, reason: 'exit code 1' }))).toBe('script x failed: exit code 1');
    expect(said(tracked('interface', { up: false, reason: 'has no carrier' }))).toBe('interface x has no carrier');
    expect(said(tracked('process', { up: false, reason: 'none runs' }))).toBe('process x is missing: none runs');
    expect(said(tracked('service', down))).toBe('service x is down');
    expect(said(tracked('route', { up: false, reason: 'no IPv4 default route' }))).toBe(
      'route x is missing: no IPv4 default route',
    );
    expect(said(tracked('quorum', { up: false, reason: '1 of 3 good, needs 2' }))).toBe(
      'quorum x is not reached: 1 of 3 good, needs 2',
    );
    expect(said(tracked('script', up, 0, true))).toBe('script x succeeded (tracked in reverse)');
    expect(said(tracked('interface', up, 0, true))).toBe('interface x is up (tracked in reverse)');
    expect(said(file(3, 0))).toBe('file x has 3');
  });

  it('waits for the first verdict, and says of what', () => {
    expect(effectOf(tracked('process', null))).toEqual({
      kind: 'waits',
      reason: 'waits for the first verdict of process x',
    });
  });

  it('multiplies the number of a file, and takes less than -253 for a fault, as keepalived does', () => {
    expect(effectOf(file(10, 2))).toEqual({ kind: 'adds', amount: 20, reason: null });
    expect(effectOf(file(-10, 2))).toEqual({ kind: 'adds', amount: -20, reason: 'file x has -10 (priority -20)' });
    expect(effectOf(file(-10, 2, true))).toMatchObject({ amount: 20 });
    expect(effectOf(file(253, -1))).toMatchObject({ kind: 'adds', amount: -253 });
    expect(effectOf(file(254, -1))).toEqual({ kind: 'fault', reason: 'file x has 254, which makes -254' });
    expect(effectOf(file(0, -5))).toEqual({ kind: 'adds', amount: 0, reason: null });
    expect(effectOf(file(1, 0, true))).toEqual({ kind: 'adds', amount: 0, reason: null });
    expect(effectOf(file(0, 0, true)).kind).toBe('fault');
  });

  it('tells of a file without a number, which counts as 0', () => {
    const odd = tracked('file', { up: true, reason: 'counts as 0: it is empty', value: 0 }, 5);
    expect(effectOf(odd)).toEqual({ kind: 'adds', amount: 0, reason: 'file x counts as 0: it is empty' });
  });

  it('in reverse does with one verdict what it otherwise does with the other, for every kind and weight', () => {
    const weight = fc.integer({ min: -253, max: 253 });
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), weight, fc.boolean(), (kind, w, isUp) => {
        const one = effectOf(tracked(kind, isUp ? up : down, w, true));
        const other = effectOf(tracked(kind, isUp ? down : up, w, false));
        expect(one.kind).toBe(other.kind);
        if (one.kind === 'adds' && other.kind === 'adds') expect(one.amount).toBe(other.amount);
      }),
    );
  });

  it('names each track that takes something away, or does not give what it could, and none else', () => {
    const any = fc.record({
      kind: fc.constantFrom(...KINDS),
      name: fc.constantFrom('a', 'b', 'c'),
      weight: fc.integer({ min: -253, max: 253 }),
      reverse: fc.boolean(),
      verdict: fc.constantFrom<TrackVerdict | null>(up, down, null),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 8 }), (tracks) => {
        const { faults, waits, reasons, amount } = weighTracks(tracks);
        const bad = (t: Tracked): boolean => t.verdict !== null && t.verdict.up === t.reverse;
        expect(waits.length).toBe(tracks.filter((t) => t.verdict === null).length);
        expect(faults.length).toBe(tracks.filter((t) => bad(t) && t.weight === 0).length);
        expect(reasons.length).toBe(tracks.filter((t) => bad(t) && t.weight !== 0).length);
        const best = tracks.reduce((sum, t) => sum + (t.verdict === null ? 0 : Math.max(0, t.weight)), 0);
        expect(amount).toBeLessThanOrEqual(best);
      }),
    );
  });
});
