import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCidr } from '../../src/values/ip.js';
import { parseCidr4 } from '../../src/values/ipv4.js';
import { micros } from '../../src/values/time.js';
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

async function run(beats: boolean, steps: readonly { readonly after: number; readonly what: string }[]) {
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

describe("a lan that sends a steady master's adverts by itself", () => {
  it('does what the machine would have done, whatever happens, and the same stands in status', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        expect(await run(true, steps)).toEqual(await run(false, steps));
      }),
      { numRuns: 300 },
    );
  }, 120_000);

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
});
