import { describe, expect, it } from 'vitest';
import { instance, ReloadRig } from './reload-rig.js';

const OWN = '172.28.128.60/24';
const A = '172.28.128.200/24';
const B = '172.28.128.201/24';
const DOWN = { up: false, reason: 'no server is up' };

/** A master of A and B; B stands only while web or mail is up. */
const started = async (services: readonly string[] = ['web', 'mail']) =>
  new ReloadRig([instance(50, [A, B], { whileUp: [{ address: B, services }] })]).started(5.3);

describe('an address of services', () => {
  it('goes when all of them are down, and comes back and is announced with the first that is up', async () => {
    const rig = await started();
    expect(rig.standing).toEqual([OWN, A, B]);
    rig.router.track('ipvs/web', DOWN);
    await rig.until(6);
    expect(rig.standing).toEqual([OWN, A, B]);
    rig.router.track('ipvs/mail', DOWN);
    await rig.until(7);
    expect(rig.standing).toEqual([OWN, A]);
    const status = rig.instance('VI_50');
    expect(status).toMatchObject({ state: 'master', withdrawn: [B], addresses: [A, B] });
    expect(status.reasons).toContain(
      `${B} is withdrawn: service web is down: no server is up; service mail is down: no server is up`,
    );
    rig.router.track('ipvs/mail', { up: true, reason: null });
    await rig.until(8);
    expect(rig.standing).toEqual([OWN, A, B]);
    expect(rig.announced(7).some((line) => line.endsWith(' 172.28.128.201'))).toBe(true);
    expect(rig.announced(7).some((line) => line.endsWith(' 172.28.128.200'))).toBe(false);
    expect(rig.events.filter((line) => /withdrawn|restored/.test(line))).toHaveLength(2);
    expect(rig.instance('VI_50')).not.toHaveProperty('withdrawn');
  });

  it('stays in the adverts, which come in their time, and nobody thinks it stolen', async () => {
    const rig = await started(['web']);
    rig.router.track('ipvs/web', DOWN);
    await rig.until(20);
    const adverts = rig.adverts(50).map((line) => Number(line.split(' ')[0]));
    expect(adverts.map((at, i) => Math.round((at - (adverts[0] ?? 0)) * 1e3) - i * 1e3)).toEqual(adverts.map(() => 0));
    expect(rig.events.filter((line) => line.includes('fault'))).toEqual([]);
    expect(rig.instance('VI_50').counters.becameMaster).toBe(1);
  });

  it('does not come with mastership while they are down', async () => {
    const rig = new ReloadRig([instance(50, [A, B], { whileUp: [{ address: B, services: ['web'] }] })]);
    rig.router.track('ipvs/web', DOWN);
    await rig.started(6);
    expect(rig.standing).toEqual([OWN, A]);
    expect(rig.instance('VI_50').state).toBe('master');
  });

  it('comes back when a reload asks for it always', async () => {
    const rig = await started(['web']);
    rig.router.track('ipvs/web', DOWN);
    await rig.until(6);
    expect(rig.standing).toEqual([OWN, A]);
    await rig.reload([instance(50, [A, B])], { tracks: [] });
    await rig.until(7);
    expect(rig.standing).toEqual([OWN, A, B]);
  });
});
