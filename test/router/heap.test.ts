import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { advertOf } from '../../src/core/vrrp/settings.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { millis, seconds } from '../../src/values/time.js';
import { VirtualLoop } from '../kernel/support/virtual-loop.js';
import { Rig, settings } from '../model/rig.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Of 10,000 adverts each: one at least in which the compiler and its collector of garbage take nothing. */
const WINDOWS = 8;

/** What is in use once nothing is left that nobody needs, in bytes. */
function inUse(): number {
  for (let i = 0; i < 3; i += 1) collect();
  return process.memoryUsage().heapUsed;
}

it.each([
  ['sends by itself', false],
  ['leaves to its lan', true],
])(
  'the heap of a router stays flat over adverts that it %s, and those of a neighbour that it hears',
  async (_, beats) => {
    const { vrrp } = settings();
    const fast = { ...vrrp, version: 3 as const, interval: millis(10), auth: { type: 'none' as const } };
    const rig = new Rig([settings({ vrrp: fast })], undefined, {}, (clock) => new VirtualLoop(clock).alarms);
    rig.kernel.beats = beats;
    await rig.started(1);
    expect(rig.status.state).toBe('master');
    const passes = async (turns: number): Promise<number> => {
      for (let i = 0; i < turns; i += 1) {
        await rig.clock.advance(seconds(1));
        rig.neighbour.send({ kind: 'advert', from: '172.28.128.90' as Ipv4, advert: advertOf(fast, 50) });
        rig.frames.length = 0;
        rig.sightings.length = 0;
        rig.logged.length = 0;
        rig.events.length = 0;
      }
      return rig.status.counters.sent;
    };
    const sent = await passes(100);
    // The compiler takes something for itself now and then; a leak would grow in each window, by 16 bytes an advert at least.
    const windows: number[] = [];
    for (let i = 0; i < WINDOWS; i += 1) {
      const before = inUse();
      await passes(100);
      windows.push(inUse() - before);
    }
    expect((await passes(0)) - sent).toBeGreaterThan(29_000);
    expect(Math.min(...windows)).toBeLessThan(64 * 1024);
  },
  60_000,
);
