import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Advice, advisedWeight, downBy, formatAdvice, heed, SILENT } from '../../../src/core/ipvs/advice.js';

const percent = (n: number): Advice => ({ ...SILENT, weight: { kind: 'percent', percent: n } });
const absolute = (n: number): Advice => ({ ...SILENT, weight: { kind: 'absolute', weight: n } });
const added = (n: number): Advice => ({ ...SILENT, weight: { kind: 'added', by: n } });
const down: Advice = { ...SILENT, works: { up: false, word: 'stopped', why: 'deploying' } };

const anyAdvice: fc.Arbitrary<Advice> = fc.record({
  works: fc.option(
    fc.oneof(
      fc.constant({ up: true } as const),
      fc.record({
        up: fc.constant(false as const),
        word: fc.constantFrom('down', 'fail'),
        why: fc.option(fc.string({ maxLength: 3 })),
      }),
    ),
  ),
  mode: fc.option(fc.constantFrom('ready', 'drain', 'maint')),
  weight: fc.option(
    fc.oneof(
      fc.record({ kind: fc.constant('percent' as const), percent: fc.nat(400) }),
      fc.record({ kind: fc.constant('absolute' as const), weight: fc.nat(70_000) }),
      fc.record({ kind: fc.constant('added' as const), by: fc.integer({ min: -70_000, max: 70_000 }) }),
    ),
  ),
});

describe('advice about a server', () => {
  it('keeps what is not mentioned, so that only who said down can say up', () => {
    const busy = heed(heed(SILENT, down), percent(50));
    expect(downBy(busy)).toBe('stopped (deploying)');
    expect(downBy(heed(busy, { ...SILENT, works: { up: true } }))).toBeNull();
    expect(formatAdvice(busy)).toBe('stopped (deploying), 50%');
  });

  it('is the same object while nothing changes', () => {
    fc.assert(
      fc.property(anyAdvice, anyAdvice, (before, said) => {
        const after = heed(before, said);
        expect(heed(after, said)).toBe(after);
        expect(heed(after, SILENT)).toBe(after);
      }),
    );
  });

  it('takes a percentage of the configured weight, and rounds no share down to nothing', () => {
    expect(advisedWeight(100, SILENT, percent(75))).toBe(75);
    expect(advisedWeight(3, SILENT, percent(50))).toBe(2);
    expect(advisedWeight(1, SILENT, percent(1))).toBe(1);
    expect(advisedWeight(10, SILENT, percent(0))).toBe(0);
    expect(advisedWeight(0, SILENT, percent(100))).toBe(0);
    expect(advisedWeight(10, SILENT, percent(200))).toBe(20);
  });

  it('lets a check replace or change the configured weight, and an agent take its share of that', () => {
    expect(advisedWeight(10, absolute(40), SILENT)).toBe(40);
    expect(advisedWeight(10, added(-3), SILENT)).toBe(7);
    expect(advisedWeight(10, added(-30), SILENT)).toBe(0);
    expect(advisedWeight(10, absolute(40), percent(50))).toBe(20);
  });

  it('is 0 while drained, and nothing where nobody advises', () => {
    expect(advisedWeight(10, SILENT, { ...percent(50), mode: 'drain' })).toBe(0);
    expect(advisedWeight(10, SILENT, { ...SILENT, mode: 'ready' })).toBeNull();
    expect(advisedWeight(10, SILENT, down)).toBeNull();
  });

  it('puts a server in maintenance out of service whatever else is said', () => {
    expect(downBy({ ...SILENT, works: { up: true }, mode: 'maint' })).toBe('maint');
  });

  it('never leaves the range of weights', () => {
    fc.assert(
      fc.property(fc.nat(65_535), anyAdvice, anyAdvice, (configured, check, agent) => {
        const weight = advisedWeight(configured, check, agent) ?? 0;
        expect(Number.isInteger(weight) && weight >= 0 && weight <= 65_535).toBe(true);
        expect(typeof formatAdvice(agent)).toBe('string');
      }),
    );
  });
});
