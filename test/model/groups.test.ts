import { describe, expect, it } from 'vitest';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { type Cidr4, parseCidr4 } from '../../src/values/ipv4.js';
import { seconds } from '../../src/values/time.js';
import { Rig, settings } from './rig.js';

const member = (name: string, id: number, address: string, over: { priority?: number } = {}) =>
  settings({
    name,
    ...over,
    vrrp: { ...settings().vrrp, virtualRouterId: id, addresses: [address as Ipv4] },
    addresses: [
      { interface: 'eth1', cidr: parseCidr4(`${address}/24`) as Cidr4, broadcast: null, scope: 'global', label: null },
    ],
  });

/** VI_1 with VRID 50 and VI_2 with 51, both on eth1, in VG_1. */
const pair = (one = 100, two = 100): Rig =>
  new Rig(
    [member('VI_1', 50, '172.28.128.200', { priority: one }), member('VI_2', 51, '172.28.128.201', { priority: two })],
    '172.28.128.60/24',
    { groups: [{ name: 'VG_1', instances: ['VI_1', 'VI_2'] }] },
  );

const second = (rig: Rig, priority: number): void =>
  rig.says(priority, { virtualRouterId: 51, addresses: ['172.28.128.201' as Ipv4] });

const reasons = (rig: Rig): string[] => rig.router.status().map((s) => `${s.name} ${s.state}: ${s.reasons.join('; ')}`);

describe('a sync group', () => {
  it('becomes master in one instant, when the slower of its timers has run out', async () => {
    const rig = await pair(200, 100).started(3.5);
    expect(reasons(rig)).toEqual(['VI_1 backup: sync group VG_1 waits: VI_2 still listens', 'VI_2 backup: ']);
    await rig.until(4);
    expect(rig.frames.filter((f) => f.includes('from'))).toEqual([
      '3.609 100 from 172.28.128.60',
      '3.609 200 from 172.28.128.60',
    ]);
    expect(rig.events).toEqual([
      '0.000 backup: ready',
      '0.000 backup: ready',
      '0.000 backup: VI_1: ready',
      '3.610 master: no advert within Master_Down_Interval',
      '3.610 master: sync group VG_1: VI_2: no advert within Master_Down_Interval',
      '3.610 master: VI_2: no advert within Master_Down_Interval',
    ]);
    expect(rig.router.status().map((s) => s.group)).toEqual(['VG_1', 'VG_1']);
  });

  it('serves nowhere while one of its members yields to a living master, and says so', async () => {
    const rig = pair(100, 100);
    rig.router.start();
    for (let t = 1; t < 20; t += 1) {
      await rig.until(t);
      second(rig, 150);
    }
    expect(reasons(rig)[0]).toBe('VI_1 backup: sync group VG_1 waits: VI_2 yields to 172.28.128.90 with priority 150');
    expect(rig.frames).toEqual([]);
    await rig.until(24);
    expect(rig.router.status().map((s) => s.state)).toEqual(['master', 'master']);
  });

  it('lets go as a whole when one member meets a better master: the other one says priority 0', async () => {
    const rig = await pair().started(10.2);
    rig.frames.length = 0;
    second(rig, 150);
    await rig.until(10.3);
    expect(rig.frames).toEqual(['10.200 0 from 172.28.128.60']);
    expect(rig.router.status().map((s) => s.state)).toEqual(['backup', 'backup']);
    expect(rig.standing).toEqual(['172.28.128.60/24']);
  });

  it('is in fault as a whole, and names the member that is', async () => {
    const tracks = [{ kind: 'script', name: 'chk', weight: 0, reverse: false } as const];
    const rig = new Rig(
      [member('VI_1', 50, '172.28.128.200'), { ...member('VI_2', 51, '172.28.128.201'), tracks }],
      '172.28.128.60/24',
      { groups: [{ name: 'VG_1', instances: ['VI_1', 'VI_2'] }] },
    );
    await rig.started(5);
    expect(reasons(rig)).toEqual([
      'VI_1 init: sync group VG_1: VI_2 is not ready: waits for the first run of script chk',
      'VI_2 init: waits for the first run of script chk',
    ]);
    rig.router.track('script/chk', { up: true, reason: null });
    await rig.until(10);
    expect(rig.router.status().map((s) => s.state)).toEqual(['master', 'master']);
    rig.frames.length = 0;
    rig.router.track('script/chk', { up: false, reason: 'exit 1' });
    await rig.until(10.5);
    expect(reasons(rig)).toEqual([
      'VI_1 fault: sync group VG_1: VI_2 is in fault: script chk failed: exit 1',
      'VI_2 fault: script chk failed: exit 1',
    ]);
    expect(rig.frames).toEqual(['10.000 0 from 172.28.128.60', '10.000 0 from 172.28.128.60']);
    rig.router.track('script/chk', { up: true, reason: null });
    await rig.until(20);
    expect(rig.router.status().map((s) => s.state)).toEqual(['master', 'master']);
    expect(rig.events.slice(-3)).toEqual([
      '14.109 master: no advert within Master_Down_Interval',
      '14.110 master: sync group VG_1: VI_1: no advert within Master_Down_Interval',
      '14.110 master: VI_1: no advert within Master_Down_Interval',
    ]);
  });

  it('says priority 0 for all of it when it stops', async () => {
    const rig = await pair().started(10);
    rig.frames.length = 0;
    const stopped = rig.router.stop();
    await rig.until(11);
    await stopped;
    expect(rig.frames).toEqual(['10.000 0 from 172.28.128.60', '10.000 0 from 172.28.128.60']);
    expect(rig.standing).toEqual(['172.28.128.60/24']);
  });
});

describe('a startup_delay', () => {
  it('keeps every instance out of it all for so long, with a reason that stays the same', async () => {
    const rig = new Rig([settings()], '172.28.128.60/24', { startupDelay: seconds(10) });
    await rig.started(9.9);
    const reason = "waits for startup_delay, 10s after the daemon's start";
    expect(rig.status).toMatchObject({ state: 'init', reasons: [reason] });
    expect(rig.frames).toEqual([]);
    await rig.until(13.7);
    expect(rig.events).toEqual(['10.000 backup: ready', '13.609 master: no advert within Master_Down_Interval']);
  });
});
