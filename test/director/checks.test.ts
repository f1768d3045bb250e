import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followingPoint } from '../../src/core/health/grid.js';
import { type Checked, Checks } from '../../src/director/checks.js';
import type { CheckModel } from '../../src/director/model.js';
import type { ProbeResult, Watch } from '../../src/probe/attempt.js';
import type { Probe } from '../../src/probe/probe.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import type { Ip } from '../../src/values/ip.js';
import { after, type Duration, type Instant, instant, millis, seconds } from '../../src/values/time.js';

/** Longer than a check with all its retries: one that is overdue begins when others do, give or take. */
const INTERVAL = seconds(4);

interface Case {
  /** By server and interval: whether an attempt that begins then succeeds. */
  readonly fates: readonly (readonly boolean[])[];
  readonly rise: number;
  readonly fall: number;
  readonly retries: number;
  readonly timeout: Duration;
}

const modelOf = (server: number, { rise, fall, retries, timeout }: Case): CheckModel => ({
  id: `10.0.0.${server}:80 tcp`,
  probe: { kind: 'tcp', target: { address: `10.0.0.${server}` as Ip, port: server }, timeout, way: null },
  timing: { interval: INTERVAL, retries, retryDelay: millis(200), jitter: millis(0) },
  thresholds: { rise, fall },
});

/** Servers on a virtual clock, checked one by one or watched. */
class Range {
  readonly clock = new VirtualClock(instant(0));
  readonly seen: string[] = [];
  readonly checks: Checks;
  started = 0;
  watched = 0;

  constructor(
    readonly of: Case,
    watching: boolean,
  ) {
    this.checks = new Checks({
      clock: this.clock,
      alarms: new SimProcess(this.clock),
      start: (probe, done) => {
        this.started += 1;
        return this.#attempt(probe, done);
      },
      ...(watching ? { watch: (...all) => this.#watch(...all) } : {}),
      changed: ({ model, health, last }) =>
        this.seen.push(`${this.clock.now()} ${model.id} ${health.verdict} ${last?.reason}`),
      troubled: () => {},
    });
    of.fates.forEach((_, server) => {
      this.checks.add(modelOf(server, of));
    });
  }

  #attempt({ target, timeout }: Probe, done: (result: ProbeResult) => void): () => void {
    const ok = this.of.fates[target.port]?.[Math.floor(this.clock.now() / INTERVAL)] ?? true;
    const micros = ok ? millis(3) : timeout;
    const result = { ok, reason: ok ? null : 'silent', micros, ours: false };
    const end = this.clock.at(after(this.clock.now(), micros), () => done(result));
    return () => end.cancel();
  }

  /** As the addon does it. */
  #watch(probe: Probe, interval: Duration, first: Instant, done: (result: ProbeResult) => void): Watch {
    this.watched += 1;
    let stop = (): void => {};
    let micros = 0;
    const at = (point: Instant): void => {
      const wait = this.clock.at(point, () => {
        stop = this.#attempt(probe, (result) => {
          if (!result.ok) return done(result);
          micros = result.micros;
          at(followingPoint(point, interval, this.clock.now()));
        });
      });
      stop = () => wait.cancel();
    };
    at(first);
    return { micros: () => micros, end: () => stop() };
  }
}

const cases = fc.record({
  fates: fc.array(fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()), { maxLength: 30 }), {
    minLength: 1,
    maxLength: 4,
  }),
  rise: fc.integer({ min: 1, max: 3 }),
  fall: fc.integer({ min: 1, max: 3 }),
  retries: fc.integer({ min: 0, max: 2 }),
  timeout: fc.constantFrom(millis(300), millis(1_000)),
});

describe('checks that are watched while they succeed', () => {
  it('come to the same verdicts at the same moments as those that are tried one by one', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (of) => {
        const [each, watching] = [new Range(of, false), new Range(of, true)];
        for (const { clock } of [each, watching]) await clock.advance(seconds(160));
        expect(watching.seen).toEqual(each.seen);
        expect(watching.started).toBeLessThan(each.started);
      }),
      { numRuns: 300 },
    );
  });

  it('that are silent for as long as they are given are tried again without a gap', async () => {
    const fates = [[true, true, false, false, false, false]];
    const range = new Range({ fates, rise: 1, fall: 3, retries: 0, timeout: INTERVAL }, true);
    await range.clock.advance(seconds(40));
    const [, down = ''] = range.seen;
    expect(down).toContain('down silent');
    expect(Number.parseInt(down, 10)).toBeLessThan(
      6 * INTERVAL + seconds(1) / 10 + Number.parseInt(range.seen[0] ?? '', 10),
    );
  });

  it('cost no attempt of ours, and still say how long the latest one took', async () => {
    const range = new Range({ fates: [[]], rise: 1, fall: 1, retries: 0, timeout: seconds(1) }, true);
    await range.clock.advance(seconds(40));
    expect([range.started, range.watched]).toEqual([1, 1]);
    expect((range.checks.get('10.0.0.0:80 tcp') as Checked).last).toMatchObject({ ok: true, micros: 3_000 });
  });

  it('end when they are not wanted any more, and at the stop', async () => {
    const fates = [
      [true, true, false],
      [true, true, false],
      [true, true],
    ];
    const range = new Range({ fates, rise: 1, fall: 1, retries: 0, timeout: seconds(1) }, true);
    await range.clock.advance(seconds(8));
    expect(range.watched).toBe(3);
    range.checks.keepOnly(new Set(['10.0.0.1:80 tcp']));
    await range.clock.advance(seconds(2));
    range.checks.stop();
    await range.clock.advance(seconds(40));
    expect(range.seen.filter((line) => line.includes('down'))).toEqual([]);
  });
});
