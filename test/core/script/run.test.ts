import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstRun, type ScriptEvent, type ScriptRun, stepScript, wakeOf } from '../../../src/core/script/run.js';
import { instant, millis, seconds } from '../../../src/values/time.js';

const timing = { interval: seconds(2), timeout: seconds(1), grace: millis(500) };
const exit = (code: number): ScriptEvent => ({ kind: 'ended', end: { kind: 'exit', code } });
const TICK: ScriptEvent = { kind: 'tick' };

/** Feeds `[seconds, event]` and writes the kinds of the actions of each. */
function transcript(...events: [number, ScriptEvent][]): string[] {
  let run: ScriptRun = firstRun(instant(0));
  return events.map(([at, event]) => {
    const step = stepScript(run, event, timing, instant(at * 1e6));
    run = step.run;
    const did = step.actions.map((a) => (a.kind === 'verdict' ? `verdict ${a.end.kind}` : a.kind)).join(', ');
    return `${at}s ${event.kind}: ${did === '' ? '-' : did} → ${run.kind}, wakes at ${wakeOf(run) / 1e6}s`;
  });
}

describe('one track script', () => {
  it('starts at once, gives its verdict when it ends, and runs again on its grid', () => {
    expect(transcript([0, TICK], [0.3, exit(0)], [2, TICK])).toEqual([
      '0s tick: start → running, wakes at 1s',
      '0.3s ended: verdict exit → idle, wakes at 2s',
      '2s tick: start → running, wakes at 3s',
    ]);
  });

  it('fails at its timeout, is told to end, and is killed with what it left behind when its leader ends', () => {
    expect(transcript([0, TICK], [1, TICK], [1.1, exit(0)], [2, TICK])).toEqual([
      '0s tick: start → running, wakes at 1s',
      '1s tick: verdict timeout, terminate → terminating, wakes at 1.5s',
      '1.1s ended: kill → idle, wakes at 2s',
      '2s tick: start → running, wakes at 3s',
    ]);
  });

  it('is killed after the grace when it ignores SIGTERM', () => {
    expect(transcript([0, TICK], [1, TICK], [1.5, TICK], [1.6, exit(1)])).toEqual([
      '0s tick: start → running, wakes at 1s',
      '1s tick: verdict timeout, terminate → terminating, wakes at 1.5s',
      '1.5s tick: kill → killed, wakes at 2s',
      '1.6s ended: - → idle, wakes at 2s',
    ]);
  });

  it('is not started a second time while a killed run is still there, and says so once an interval', () => {
    expect(transcript([0, TICK], [1, TICK], [1.5, TICK], [2, TICK], [4, TICK], [4.1, exit(0)], [6, TICK])).toEqual([
      '0s tick: start → running, wakes at 1s',
      '1s tick: verdict timeout, terminate → terminating, wakes at 1.5s',
      '1.5s tick: kill → killed, wakes at 2s',
      '2s tick: kill, stuck → killed, wakes at 4s',
      '4s tick: kill, stuck → killed, wakes at 6s',
      '4.1s ended: - → idle, wakes at 6s',
      '6s tick: start → running, wakes at 7s',
    ]);
  });

  it('does not make up for runs that went by', () => {
    expect(transcript([0, TICK], [0.1, exit(0)], [20.5, TICK], [20.6, exit(0)]).slice(2)).toEqual([
      '20.5s tick: start → running, wakes at 21.5s',
      '20.6s ended: verdict exit → idle, wakes at 22s',
    ]);
  });

  it('never has two runs at once, and never waits for a time that is past', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 3_000_000 }), fc.boolean())), (events) => {
        let run = firstRun(instant(0));
        let now = 0;
        let alive = 0;
        for (const [step, end] of events) {
          now += step;
          // The process can only end while there is one.
          if (end && alive === 0) continue;
          if (end) alive--;
          const s = stepScript(run, end ? exit(0) : TICK, timing, instant(now));
          for (const a of s.actions) if (a.kind === 'start') alive++;
          expect(alive).toBeLessThanOrEqual(1);
          expect(s.run.kind === 'idle').toBe(alive === 0);
          if (!end) expect(wakeOf(s.run)).toBeGreaterThan(now);
          run = s.run;
        }
      }),
    );
  });
});
