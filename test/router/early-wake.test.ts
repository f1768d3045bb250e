import { describe, expect, it } from 'vitest';
import { VirtualLoop } from '../kernel/support/virtual-loop.js';
import { Rig, settings } from '../model/rig.js';

/** The skew of priority 100 in version 2, in seconds. */
const SKEW = 156 / 256;
/** The master's last advert, and when we may claim after it. */
const LAST = 5;
const DOWN = LAST + 3 + SKEW;

/** A backup on the real alarms, whose master is silent after `LAST`. */
async function forsaken(): Promise<{ rig: Rig; loop: VirtualLoop }> {
  const made: { loop?: VirtualLoop } = {};
  const rig = new Rig([settings()], undefined, {}, (clock) => {
    made.loop = new VirtualLoop(clock);
    return made.loop.alarms;
  });
  await rig.started(0.5);
  for (let at = 1; at <= LAST; at += 1) {
    await rig.until(at);
    rig.says(200);
  }
  return { rig, loop: made.loop as VirtualLoop };
}

describe('a backup that wakes up before it takes over', () => {
  it('stays awake for a moment only, and claims at its time, not before', async () => {
    const { rig, loop } = await forsaken();
    await rig.until(DOWN - 0.0015);
    expect(loop.turns).toBe(0);
    await rig.until(DOWN - 0.000_01);
    expect(loop.turns).toBeGreaterThan(100);
    expect(rig.frames).toEqual([]);
    await rig.until(DOWN + 0.001);
    expect(rig.frames[0]).toMatch(/^8\.609 100 from 172\.28\.128\.60$/);
    expect(rig.status.state).toBe('master');
    const turns = loop.turns;
    await rig.until(DOWN + 5.5);
    expect(loop.turns).toBeLessThan(turns + 300);
  });

  it('does not claim when its master is heard in the last millisecond', async () => {
    const { rig } = await forsaken();
    await rig.until(DOWN - 0.0005);
    rig.says(200);
    await rig.until(DOWN + 2.9);
    expect(rig.frames).toEqual([]);
    expect(rig.status.state).toBe('backup');
    await rig.until(DOWN + 4);
    expect(rig.status.state).toBe('master');
  });

  it('hears first what came while its process was stopped, and claims nothing beside a living master', async () => {
    const { rig } = await forsaken();
    await rig.until(LAST + 0.5);
    // What comes now waits in the socket; the alarm finds it there.
    rig.process.stall();
    for (let at = LAST + 1; at < DOWN; at += 1) {
      await rig.until(at);
      rig.says(200);
    }
    await rig.until(DOWN + 0.1);
    expect(rig.frames).toEqual([]);
    expect(rig.status.state).toBe('backup');
    rig.process.wake();
    expect(rig.frames).toEqual([]);
  });
});
