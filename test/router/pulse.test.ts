import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/core/vrrp/machine.js';
import type { Beat, Lan } from '../../src/ports/lan.js';
import { Lateness } from '../../src/router/lateness.js';
import { Pulse } from '../../src/router/pulse.js';
import { Speaker } from '../../src/router/speaker.js';
import { formatCidr } from '../../src/values/ip.js';
import { type Ipv4, parseCidr4 } from '../../src/values/ipv4.js';
import { type Instant, instant, micros, millis } from '../../src/values/time.js';
import { Rig, settings, VIP } from '../model/rig.js';

/** A router with a track, whose lan sends a steady master's adverts by itself, or leaves each to the machine. */
function router(beats: boolean): Rig {
  const { vrrp } = settings();
  const fast = { ...vrrp, announce: { ...vrrp.announce, refresh: micros(7_300_000) } };
  const track = { kind: 'script', name: 'chk', weight: -20, reverse: false } as const;
  const rig = new Rig([settings({ vrrp: fast, tracks: [track] })]);
  rig.kernel.beats = beats;
  return rig;
}

/** One that is master in the tenth second, and advertises by itself. */
async function master(): Promise<Rig> {
  const rig = await router(true).started(0.5);
  rig.router.track('script/chk', { up: true, reason: null });
  return rig.until(10);
}

const times = (frames: readonly string[]): number[] =>
  frames.filter((frame) => / \d+ from /.test(frame)).map((frame) => Number(frame.split(' ')[0]));

const ignore = (): void => {};

/** A master that has nothing to do but to advertise. */
const steady = (advertAt: Instant): Machine => {
  const source = '172.28.128.60' as Ipv4;
  const held = { held: true, round: null, answerAt: instant(0), yieldBy: null, term: 1 };
  return { state: { kind: 'master', advertAt, ...held }, priority: 100, source, terms: 1, yielded: false };
};

/** Something that happens to a router. */
const happenings: Readonly<Record<string, (rig: Rig) => void>> = {
  'a worse router speaks': (rig) => rig.says(50),
  'a better router speaks': (rig) => rig.says(120),
  'another lets go': (rig) => rig.says(0),
  'the script fails': (rig) => rig.router.track('script/chk', { up: false, reason: 'exit 1' }),
  'the script is well': (rig) => rig.router.track('script/chk', { up: true, reason: null }),
  'the link goes': (rig) => rig.kernel.setUp('eth1', false),
  'the link comes': (rig) => rig.kernel.setUp('eth1', true),
  'the process stalls': (rig) => rig.process.stall(),
  'the process wakes': (rig) => rig.process.wake(),
  'the process wakes to its tasks': (rig) => rig.process.wake('tasks-first'),
  'the kernel refuses adverts': (rig) => {
    rig.kernel.refuse = (what) => (what === 'lan.send' ? 'ENOBUFS' : null);
  },
  'the kernel takes adverts': (rig) => {
    rig.kernel.refuse = null;
  },
  'the address is taken away': (rig) => {
    const cidr = parseCidr4(VIP);
    if (cidr !== null && rig.standing.includes(formatCidr(cidr))) rig.kernel.remove({ interface: 'eth1', cidr });
  },
  'an administrator gives away': (rig) => void rig.router.yields.failover('VI_1', '2026-01-01T00:00:00.000Z'),
  'an administrator resumes': (rig) => void rig.router.yields.resume('VI_1'),
};

const script = fc.array(
  fc.record({ after: fc.integer({ min: 1, max: 3_500 }), what: fc.constantFrom(...Object.keys(happenings)) }),
  { maxLength: 14 },
);

type Steps = readonly { readonly after: number; readonly what: string }[];

async function run(beats: boolean, steps: Steps) {
  const rig = router(beats);
  rig.router.track('script/chk', { up: true, reason: null });
  await rig.started(6.0003);
  let at = 6.0003;
  const seen: unknown[] = [];
  for (const { after, what } of steps) {
    at += after / 1000;
    await rig.until(at);
    happenings[what]?.(rig);
    seen.push(rig.status);
  }
  await rig.until(at + 5);
  return { seen, frames: rig.frames, events: rig.events, logged: rig.logged, status: rig.status };
}

/**
 * What happens, in each order in which a process may find its alarms and its tasks when it wakes: an advert that is due by
 * itself goes out first, by a hair, whatever the loop sees first.
 */
function orders(steps: Steps): readonly Steps[] {
  let all: Steps[] = [[]];
  for (const step of steps) {
    const either =
      step.what === 'the process wakes to its tasks' ? [step, { ...step, what: 'the process wakes' }] : [step];
    all = all.flatMap((begun) => either.map((next) => [...begun, next]));
  }
  return all;
}

async function doesTheSame(steps: Steps): Promise<void> {
  const found = await run(true, steps);
  for (const order of orders(steps)) if (isDeepStrictEqual(found, await run(false, order))) return;
  expect(found).toEqual(await run(false, steps));
}

describe("a lan that sends a steady master's adverts by itself", () => {
  it('does what the machine would have done, whatever happens, and the same stands in status', async () => {
    await fc.assert(fc.asyncProperty(script, doesTheSame), { numRuns: 300 });
  }, 120_000);

  it('sends an advert that is due, and then answers a worse router that spoke while the process stalled', async () => {
    const steps = [
      { after: 1, what: 'the process stalls' },
      { after: 1, what: 'a worse router speaks' },
      { after: 608, what: 'the process wakes to its tasks' },
    ];
    await doesTheSame(steps);
    expect(times((await run(true, steps)).frames.slice(-20)).filter((at) => at > 6.6 && at < 6.7)).toHaveLength(2);
  });

  it('is used while nothing happens, and tells what it sent when it is asked', async () => {
    const rig = await router(true).started(0.5);
    rig.router.track('script/chk', { up: true, reason: null });
    await rig.until(100);
    expect(rig.status.counters.sent).toBeGreaterThan(90);
    expect(rig.kernel.beaten).toBeGreaterThan(85);
    rig.process.lateness = () => micros(4_000);
    await rig.until(110);
    expect(rig.status.counters).toMatchObject({ latestLatenessMs: 4, worstLatenessMs: 4 });
  });

  it('goes on in time while the loop hangs for less than three intervals', async () => {
    const rig = await master();
    const before = rig.frames.length;
    rig.process.hang();
    await rig.until(12.9);
    rig.process.wake();
    await rig.until(16);
    const sent = times(rig.frames.slice(before));
    expect(sent.map((at, i) => at - (sent[0] ?? 0) - i)).toEqual(sent.map(() => 0));
    expect(sent).toHaveLength(6);
    expect(rig.status.counters.worstLatenessMs).toBe(0);
  });

  it('falls silent while the loop hangs for longer, and hears who is master before it speaks again', async () => {
    for (const order of ['alarms-first', 'tasks-first'] as const) {
      const rig = await master();
      const before = rig.frames.length;
      rig.process.hang();
      await rig.until(20);
      const sent = times(rig.frames.slice(before));
      expect(sent).toHaveLength(3);
      expect(sent.at(-1)).toBeLessThan(14);
      rig.says(120);
      await rig.until(20.5);
      rig.process.wake(order);
      await rig.until(21);
      expect(rig.frames.slice(before)).toHaveLength(3);
      expect(rig.status).toMatchObject({ state: 'backup', master: '172.28.128.90' });
    }
  });

  it('is told when its lan is closed, and leaves the time to the machine where the lan takes none any more', () => {
    let ended: (() => void) | null = null;
    let begun = 0;
    let due = 0;
    const beat: Beat = {
      look: () => ({ next: instant(1_000_000), sent: 0, latest: micros(0), worst: micros(0) }),
      rest: () => {},
      stop: () => {},
    };
    const lan: Lan = {
      send: () => null,
      beat: (_advert, _source, _rhythm, tell) => {
        ended = tell;
        begun += 1;
        return begun === 1 ? beat : null;
      },
      drain: () => 0,
      close: () => {},
    };
    const pulse = new Pulse({
      speaker: new Speaker(settings(), { debug: ignore, info: ignore, warn: ignore, error: ignore }),
      lateness: new Lateness(),
      interval: millis(1_000),
      late: millis(10),
      due: () => {
        due += 1;
      },
    });
    const machine = steady(instant(1_000_000));
    expect([pulse.follow(machine, lan), pulse.follow(machine, lan), begun]).toEqual([null, null, 1]);
    (ended as (() => void) | null)?.();
    expect([due, pulse.follow(machine, lan), begun]).toEqual([1, instant(1_000_000), 2]);
  });
});
