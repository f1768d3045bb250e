import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredService, type Observed, rowId } from '../../../src/core/ipvs/desired.js';
import { type Quorum, quorumAfter, strengthOf } from '../../../src/core/ipvs/quorum.js';
import { nextRise, rampAt } from '../../../src/core/ipvs/ramp.js';
import { PLAIN_POLICY, type ServicePolicy, type ServiceSpec } from '../../../src/core/ipvs/spec.js';
import { PLAIN_SERVICE, plainServer } from '../../../src/core/ipvs/table.js';
import { type WeightFacts, weightOf } from '../../../src/core/ipvs/weight.js';
import type { Admin, Health } from '../../../src/core/status.js';
import { parseIpv4 } from '../../../src/values/ipv4.js';
import { type Duration, micros, seconds } from '../../../src/values/time.js';

const ip = (text: string) => parseIpv4(text) as NonNullable<ReturnType<typeof parseIpv4>>;
const key = { protocol: 'tcp', address: ip('10.0.0.1'), port: 80 } as const;
const sorry = { key: { address: ip('10.0.0.99'), port: 80 }, settings: plainServer('dr', 1) };

const spec = (weights: readonly number[], policy: Partial<ServicePolicy> = {}): ServiceSpec => ({
  keys: [key],
  settings: { ...PLAIN_SERVICE, scheduler: 'wrr' },
  servers: weights.map((weight, i) => {
    const server = { address: ip(`10.0.1.${i + 1}`), port: 80 };
    return { row: rowId(key, server), key: server, settings: plainServer('dr', weight) };
  }),
  policy: { ...PLAIN_POLICY, ...policy },
});

const health = fc.constantFrom<Health>('unknown', 'up', 'down');
const admin = fc.constantFrom<Admin>('ready', 'drain', 'disabled');
const weight = fc.integer({ min: 0, max: 65_535 });
const facts: fc.Arbitrary<WeightFacts> = fc.record({
  health,
  admin,
  override: fc.option(weight),
  advised: fc.option(weight),
  ramp: fc.double({ min: 0, max: 1, noNaN: true }),
  adopted: fc.boolean(),
  policy: fc.record({
    onFailure: fc.constantFrom('remove' as const, 'zero' as const),
    start: fc.constantFrom('as-found' as const, 'pessimistic' as const, 'optimistic' as const),
  }),
});
const server = (configured: number) => spec([configured]).servers[0] as ServiceSpec['servers'][number];

describe('the weight of a row', () => {
  it('is 0 while drained, no row while disabled, and else never above the administrator’s, the advised or the configured', () => {
    fc.assert(
      fc.property(weight, facts, (configured, given) => {
        const row = weightOf(server(configured), given);
        if (given.admin === 'disabled') return row === null;
        if (given.admin === 'drain') return row === 0;
        const full = given.override ?? given.advised ?? configured;
        return row === null || (row >= 0 && row <= full && Number.isInteger(row));
      }),
    );
  });

  it('of a server that is up is above 0 wherever its whole weight is, and whole at the end of a slow start', () => {
    fc.assert(
      fc.property(weight, facts, (configured, given) => {
        const up: WeightFacts = { ...given, health: 'up', admin: 'ready' };
        const full = given.override ?? given.advised ?? configured;
        expect((weightOf(server(configured), up) ?? 0) > 0).toBe(full > 0);
        expect(weightOf(server(configured), { ...up, ramp: 1 })).toBe(full);
      }),
    );
  });
});

describe('slow start', () => {
  const whole = fc.integer({ min: 1, max: 3_600_000_000 }).map((us) => us as Duration);

  it('never falls, begins with a tenth, and has all at its end in at most ten changes', () => {
    fc.assert(
      fc.property(whole, (duration) => {
        const seen = [rampAt(micros(0), duration)];
        let at: Duration | null = micros(0);
        for (at = nextRise(at, duration); at !== null; at = nextRise(at, duration)) {
          expect(rampAt(at, duration)).toBeGreaterThan(seen.at(-1) ?? 0);
          seen.push(rampAt(at, duration));
        }
        expect(seen[0]).toBeCloseTo(0.1);
        expect(seen.at(-1)).toBe(1);
        expect(seen.length).toBeLessThanOrEqual(11);
      }),
    );
  });

  it('has 10, 19, 28 … 91, 100 of 100', () => {
    const ramps = Array.from({ length: 11 }, (_, s) => rampAt(seconds(s), seconds(10)));
    expect(ramps.map((ramp) => Math.round(100 * ramp))).toEqual([10, 19, 28, 37, 46, 55, 64, 73, 82, 91, 100]);
  });
});

describe('quorum', () => {
  const policy = fc
    .record({ quorum: fc.integer({ min: 1, max: 100 }), hysteresis: fc.integer({ min: 0, max: 99 }) })
    .filter(({ quorum, hysteresis }) => hysteresis < quorum);
  const strength = fc
    .record({ sure: fc.integer({ min: 0, max: 200 }), open: fc.integer({ min: 0, max: 50 }) })
    .map(({ sure, open }) => ({ sure, possible: sure + open }));
  const before = fc.constantFrom<Quorum>('open', 'up', 'down');

  it('is lost with nothing left, and kept or gained with the quorum and the hysteresis', () => {
    fc.assert(
      fc.property(before, policy, (was, p) => {
        expect(quorumAfter(was, { sure: 0, possible: 0 }, p)).toBe('down');
        const much = p.quorum + p.hysteresis;
        expect(quorumAfter(was, { sure: much, possible: much }, p)).toBe('up');
      }),
    );
  });

  it('does not change when the same is seen again, and within the hysteresis stays what it is', () => {
    fc.assert(
      fc.property(before, strength, policy, (was, seen, p) => {
        const once = quorumAfter(was, seen, p);
        if (once !== 'open') expect(quorumAfter(once, seen, p)).toBe(once);
        const within = seen.sure >= Math.max(1, p.quorum - p.hysteresis) && seen.sure < p.quorum + p.hysteresis;
        if (within && was !== 'open') expect(once).toBe(was);
      }),
    );
  });
});

describe('quorum with servers that a reload brought', () => {
  const policy = { quorum: 3, hysteresis: 1 };
  const next = (sure: number, unknown: number) => quorumAfter('up', { sure, possible: sure + unknown }, policy);

  it('is kept while those could make it up and one is up, and its hysteresis with it', () => {
    expect([next(2, 0), next(1, 2), next(1, 1), next(1, 0), next(0, 3)]).toEqual(['up', 'up', 'up', 'down', 'open']);
  });
});

describe('the table of a service', () => {
  const worlds = fc.array(fc.record({ weight: fc.integer({ min: 0, max: 9 }), health, admin }), { maxLength: 6 });

  it('offers the sorry server exactly while the quorum is lost, and then nobody else', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 20 }), (servers, quorum) => {
        const of = spec(
          servers.map((s) => s.weight),
          { quorum, sorry },
        );
        const at = (row: string) => servers[of.servers.findIndex((s) => s.row === row)];
        const observed: Observed = {
          health: (row) => at(row)?.health ?? 'unknown',
          admin: (row) => at(row)?.admin ?? 'ready',
          adopted: new Set(),
        };
        const lost = strengthOf(of, observed).possible < quorum;
        const rows = desiredService(of, observed)[0]?.servers ?? [];
        const takes = rows.filter((row) => row.settings.weight > 0).map((row) => row.key.address);
        if (lost) expect(takes).toEqual([sorry.key.address]);
        else expect(takes).not.toContain(sorry.key.address);
      }),
    );
  });
});
