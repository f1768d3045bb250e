import { describe, expect, it } from 'vitest';
import { Retrial } from '../../src/router/retrial.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { instant } from '../../src/values/time.js';
import { Rig } from '../model/rig.js';

describe('another try after a refusal of the kernel', () => {
  it('comes after 5 s, and more and more seldom while each is refused at once, once a minute at last', async () => {
    const clock = new VirtualClock(instant(0));
    const tries: number[] = [];
    const retrial = new Retrial({ clock, alarms: new SimProcess(clock) }, () => {
      tries.push(clock.now() / 1e6);
      retrial.later();
    });
    retrial.later();
    await clock.advanceTo(instant(260e6));
    expect(tries).toEqual([5, 15, 35, 75, 135, 195, 255]);
  });

  it('comes soon again after a minute in which all was well', async () => {
    const clock = new VirtualClock(instant(0));
    const tries: number[] = [];
    const retrial = new Retrial({ clock, alarms: new SimProcess(clock) }, () => tries.push(clock.now() / 1e6));
    retrial.later();
    await clock.advanceTo(instant(10e6));
    retrial.later();
    await clock.advanceTo(instant(100e6));
    retrial.later();
    await clock.advanceTo(instant(110e6));
    expect(tries).toEqual([5, 20, 105]);
  });
});

describe('the reason of a takeover', () => {
  it('is the master that let go, or its silence', async () => {
    const rig = await new Rig().started(0.5);
    rig.says(200);
    await rig.until(1);
    rig.says(0);
    await rig.until(2);
    expect(rig.events.at(-1)).toBe('1.610 master: 172.28.128.90 let go with priority 0');
    const silent = await new Rig().started(4);
    expect(silent.events.at(-1)).toContain('no advert within Master_Down_Interval');
  });
});
