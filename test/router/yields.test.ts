import { describe, expect, it } from 'vitest';
import { silent } from '../../src/values/log.js';
import { Rig, settings, VIP } from '../model/rig.js';

const SINCE = '2026-01-01T00:00:00.000Z';
const OWN = '172.28.128.60/24';

describe('failover in the router', () => {
  it('keeps the address until another router speaks, and tells who is master and after how long', async () => {
    const rig = await new Rig().started(5);
    const answer = rig.router.yields.failover('VI_1', SINCE);
    await rig.until(5.1);
    expect(rig.frames.at(-1)).toBe('5.000 0 from 172.28.128.60');
    expect(rig.standing).toEqual([OWN, VIP]);
    await rig.until(5.8);
    rig.says(50);
    await rig.until(5.9);
    expect(await answer).toEqual({
      ok: true,
      instances: [{ name: 'VI_1', state: 'backup', master: '172.28.128.90', seconds: expect.closeTo(0.8, 2) }],
    });
    expect(rig.standing).toEqual([OWN]);
    expect(rig.status).toMatchObject({
      admin: 'failover',
      adminSince: SINCE,
      reasons: [`failover by admin since ${SINCE}: stays backup until directorctl resume VI_1`],
    });
    expect(rig.events.at(-1)).toBe('5.800 backup: failover by admin: heard 172.28.128.90 with priority 50');
  });

  it('is taken back, and refused, when nobody speaks in a whole Master_Down_Interval', async () => {
    const rig = await new Rig().started(5);
    const answer = rig.router.yields.failover('VI_1', SINCE);
    await rig.until(10);
    expect(await answer).toEqual({
      ok: false,
      code: 'nobody',
      message: 'no other router took VI_1 over within 4.2 s: this host stays master',
    });
    expect(rig.status).toMatchObject({ state: 'master', admin: 'ready', reasons: [] });
    expect(rig.standing).toEqual([OWN, VIP]);
    expect(rig.frames.slice(-2)).toEqual(['9.196 100 from 172.28.128.60', expect.stringContaining('announce')]);
    // It was silent because it was told to be: nothing was late.
    expect(rig.status.counters.worstLatenessMs).toBeLessThan(1);
  });

  it('holds a backup that hears its master, refuses one that hears nobody, and an owner', async () => {
    const rig = await new Rig().started(0.1);
    expect(await rig.router.yields.failover('VI_1', SINCE)).toMatchObject({
      message: 'no other router was heard for VI_1 lately: nobody would be master',
    });
    rig.says(200);
    await rig.until(1);
    expect(await rig.router.yields.failover('VI_1', SINCE)).toEqual({
      ok: true,
      instances: [{ name: 'VI_1', state: 'backup', master: '172.28.128.90', seconds: null }],
    });
    const owner = await new Rig([settings({ priority: 255 })]).started(1);
    expect(await owner.router.yields.failover('VI_1', SINCE)).toMatchObject({
      message: 'VI_1 has priority 255: this host owns its addresses and cannot give them away',
    });
  });

  it('held from before the start never claims, says loudly that nobody does, and claims after its resume', async () => {
    const rig = new Rig();
    rig.router.yields.restore(new Map([['VI_1', SINCE]]), silent);
    await rig.started(30);
    expect(rig.frames).toEqual([]);
    expect(rig.status).toMatchObject({ state: 'backup', master: null, admin: 'failover' });
    expect(rig.status.reasons.at(-1)).toBe('no router is master: this one is held, and no other is heard');
    expect(rig.logged.filter((l) => l.level === 'error').map((l) => l.message)).toEqual([
      `VI_1 has no master: held BACKUP by failover since ${SINCE}, and no other router is heard; directorctl resume VI_1 takes it back`,
    ]);
    rig.says(200);
    await rig.until(30.5);
    expect(rig.status).toMatchObject({ master: '172.28.128.90', reasons: [expect.stringContaining('failover')] });
    await rig.until(40);
    expect(rig.status.master).toBeNull();
    await rig.router.yields.resume('VI_1');
    await rig.until(45);
    expect(rig.status).toMatchObject({ state: 'master', admin: 'ready', reasons: [] });
  });

  it('does not hold an owner, whatever is stored', async () => {
    const rig = new Rig([settings({ priority: 255 })], VIP);
    rig.router.yields.restore(new Map([['VI_1', SINCE]]), silent);
    await rig.started(1);
    expect(rig.status).toMatchObject({ state: 'master', admin: 'ready' });
  });
});

describe('changes of state that the router hands on', () => {
  it('are each one, with where it came from, from the first to the stop', async () => {
    const rig = new Rig();
    const { changes } = rig;
    await rig.started(4);
    rig.says(200);
    await rig.until(5);
    rig.clock.during(rig.router.stop());
    await rig.until(6);
    expect(changes.map((c) => `${c.from}>${c.to} ${c.priority}`)).toEqual([
      'init>backup 100',
      'backup>master 100',
      'master>backup 100',
      'backup>stop 100',
    ]);
    expect(changes[1]?.reason).toBe('no advert within Master_Down_Interval');
  });
});
