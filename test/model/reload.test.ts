import { describe, expect, it } from 'vitest';
import { millis, seconds } from '../../src/values/time.js';
import { address, instance, ReloadRig } from './reload-rig.js';

const OWN = '172.28.128.60/24';
const A = '172.28.128.200/24';
const B = '172.28.128.201/24';
const C = '172.28.128.202/24';

describe('a reload of the router', () => {
  it('of an identical configuration does nothing at all', async () => {
    const list = [instance(50, [A]), instance(51, [B])];
    const [twin, rig] = await Promise.all([new ReloadRig(list).started(20), new ReloadRig(list).started(5)]);
    const [events, logged] = [rig.events.length, rig.logged.length];
    expect(await rig.reload([instance(50, [A]), instance(51, [B])])).toBeNull();
    await rig.until(20);
    expect(rig.frames).toEqual(twin.frames);
    expect(rig.kernel.beaten).toBe(twin.kernel.beaten);
    expect(rig.events.length).toBe(events);
    expect(rig.logged.length).toBe(logged);
  });

  it('leaves an instance alone whose settings are the same, whatever becomes of the others', async () => {
    const rig = await new ReloadRig([instance(50, [A]), instance(51, [B])]).started(5.3);
    expect(await rig.reload([instance(52, [C]), instance(50, [A])])).toBeNull();
    await rig.until(20);
    const adverts = rig.adverts(50).map((line) => Number(line.split(' ')[0]));
    expect(adverts.map((at, i) => Math.round((at - (adverts[0] ?? 0)) * 1e3) - i * 1e3)).toEqual(adverts.map(() => 0));
    expect(adverts.length).toBe(17);
    expect(rig.instance('VI_50').counters.becameMaster).toBe(1);
    expect(rig.events.filter((line) => line.includes('fault'))).toEqual([]);
  });

  it('lets an instance go that is gone from the file, and starts one that is new', async () => {
    const rig = await new ReloadRig([instance(50, [A]), instance(51, [B])]).started(5.3);
    await rig.reload([instance(50, [A]), instance(52, [C])]);
    await rig.until(5.4);
    expect(rig.adverts(51).at(-1)).toBe('5.300 0');
    expect(rig.standing).toEqual([OWN, A]);
    expect(rig.router.status().map((i) => `${i.name} ${i.state}`)).toEqual(['VI_50 master', 'VI_52 backup']);
    await rig.until(10);
    expect(rig.standing).toEqual([OWN, A, C]);
    expect(rig.adverts(52)[0]).toMatch(/^8\.9/);
    expect(rig.changes.filter((c) => c.name === 'VI_51').map((c) => c.to)).toEqual(['backup', 'master', 'stop']);
  });

  it('hears a neighbour of a new instance on a lan that is open already', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(5.3);
    await rig.reload([instance(50, [A]), instance(52, [C])]);
    for (let at = 6; at < 20; at += 1) {
      await rig.until(at);
      rig.says(200, { virtualRouterId: 52, addresses: ['172.28.128.202'] as never });
    }
    expect(rig.instance('VI_52')).toMatchObject({ state: 'backup', master: '172.28.128.90' });
    expect(rig.adverts(50).length).toBe(16);
  });

  it('changes the priority of a master with its next advert, in its time', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(5.3);
    await rig.reload([instance(50, [A], { priority: 150 })]);
    await rig.until(7);
    expect(rig.adverts(50)).toEqual(['3.609 100', '4.609 100', '5.609 150', '6.609 150']);
    expect(rig.status).toMatchObject({ priority: 150, effectivePriority: 150, state: 'master' });
  });

  it('changes the password and the addresses of the adverts in their time', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(5.3);
    await rig.reload([instance(50, [A, B], {}, { auth: { type: 'none' } })]);
    await rig.until(7);
    const latest = rig.sightings.flatMap(({ frame }) => (frame.kind === 'advert' ? [frame.advert] : [])).at(-1);
    expect(latest).toMatchObject({ auth: { type: 'none' }, addresses: ['172.28.128.200', '172.28.128.201'] });
    expect(rig.adverts(50)).toEqual(['3.609 100', '4.609 100', '5.609 100', '6.609 100']);
  });

  it('adds and removes addresses of a master, and announces what is new only', async () => {
    const rig = await new ReloadRig([instance(50, [A, B])]).started(5.3);
    await rig.reload([instance(50, [A, C])]);
    await rig.until(5.4);
    expect(rig.standing).toEqual([OWN, A, C]);
    await rig.until(8.5);
    expect(rig.announced(5.3)).toEqual(['5.300 172.28.128.202']);
    await rig.until(20);
    // The second round of the start, and the one of the address.
    expect(rig.announced(8.5)).toEqual(['8.610 172.28.128.200', '8.610 172.28.128.202', '10.300 172.28.128.202']);
    expect(rig.adverts(50).every((line) => line.endsWith(' 100'))).toBe(true);
    expect(rig.events.filter((line) => line.includes('restored'))).toEqual([]);
  });

  it('puts back what the kernel takes away with the first address of a subnet', async () => {
    const other = ['10.9.9.1/24', '10.9.9.2/24', '10.9.9.3/24'];
    const rig = await new ReloadRig([instance(50, other)]).started(5.3);
    await rig.reload([instance(50, other.slice(1))]);
    await rig.until(6);
    expect(rig.standing).toEqual([OWN, '10.9.9.2/24', '10.9.9.3/24']);
    expect(rig.status.state).toBe('master');
  });

  it('moves an address from one master to another', async () => {
    const rig = await new ReloadRig([instance(50, [A]), instance(51, [B, C])]).started(5.3);
    await rig.reload([instance(50, [A, C]), instance(51, [B])]);
    await rig.until(6);
    expect([...rig.standing].sort()).toEqual([OWN, A, B, C].sort());
    await rig.reload([instance(50, [A, B]), instance(51, [C])]);
    await rig.until(7);
    expect([...rig.standing].sort()).toEqual([OWN, A, B, C].sort());
    expect(rig.router.status().map((i) => i.state)).toEqual(['master', 'master']);
  });

  it('removes an address also where it is adopted from before the start', async () => {
    const rig = new ReloadRig([instance(50, [A, B])]);
    for (const text of [A, B]) rig.kernel.add(address(text));
    await rig.started(1);
    expect(rig.standing).toEqual([OWN, A, B]);
    await rig.reload([instance(50, [A])]);
    await rig.until(1.1);
    expect(rig.standing).toEqual([OWN, A]);
  });

  it('gives an address that is asked for at this moment back, and asks for the new one', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(3.60949);
    expect(rig.status.state).toBe('master');
    expect(rig.standing).toEqual([OWN]);
    await rig.reload([instance(50, [B])]);
    await rig.until(4);
    expect(rig.standing).toEqual([OWN, B]);
    expect(rig.announced(3).map((line) => line.split(' ')[1])).toEqual(['172.28.128.201', '172.28.128.201']);
  });

  it('shortens an interval at once, and lengthens it with the next advert', async () => {
    const v3 = { version: 3, auth: { type: 'none' } } as const;
    const rig = await new ReloadRig([instance(50, [A], {}, v3)]).started(5.3);
    await rig.reload([instance(50, [A], {}, { ...v3, interval: millis(100) })]);
    await rig.until(5.65);
    await rig.reload([instance(50, [A], {}, { ...v3, interval: seconds(2) })]);
    await rig.until(8);
    const times = rig.adverts(50).map((line) => line.split(' ')[0]);
    expect(times.slice(-5)).toEqual(['5.400', '5.500', '5.600', '5.700', '7.700']);
  });

  it('makes a backup wait by the new interval', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(1);
    await rig.reload([instance(50, [A], {}, { interval: seconds(2) })]);
    await rig.until(10);
    expect(rig.adverts(50)[0]).toMatch(/^6\.609/);
  });

  it('with another version the instance lets go and joins anew', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(5.3);
    await rig.reload([instance(50, [A], {}, { version: 3, auth: { type: 'none' } })]);
    await rig.until(5.5);
    expect(rig.adverts(50).at(-1)).toBe('5.300 0');
    expect(rig.standing).toEqual([OWN]);
    await rig.until(10);
    expect(rig.status).toMatchObject({ state: 'master', version: 3 });
    expect(rig.standing).toEqual([OWN, A]);
  });

  it('goes on under another name', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(5.3);
    await rig.reload([instance(50, [A], { name: 'public' })]);
    await rig.until(8);
    expect(rig.status).toMatchObject({ name: 'public', state: 'master' });
    expect(rig.adverts(50)).toEqual(['3.609 100', '4.609 100', '5.609 100', '6.609 100', '7.609 100']);
  });

  it('keeps a failover, also of an instance that joins anew', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(5);
    void rig.router.yields.failover('VI_50', 'then');
    await rig.until(5.8);
    rig.says(50, { addresses: ['172.28.128.200'] as never });
    await rig.until(5.9);
    await rig.reload([instance(50, [A, B])]);
    expect(rig.status).toMatchObject({ state: 'backup', adminSince: 'then' });
    await rig.reload([instance(50, [A, B], {}, { version: 3, auth: { type: 'none' } })]);
    await rig.until(20);
    expect(rig.status).toMatchObject({ state: 'backup', adminSince: 'then', version: 3 });
    await rig.router.yields.resume('VI_50');
    await rig.until(30);
    expect(rig.status).toMatchObject({ state: 'master', adminSince: null });
  });

  it('weighs a track that an instance has from now on by what was said of it before', async () => {
    const track = (weight: number) => ({ kind: 'script', name: 'chk', weight, reverse: false }) as const;
    const rig = await new ReloadRig([instance(50, [A], { tracks: [track(10)] }), instance(51, [B])]).started(0.1);
    rig.router.track('script/chk', { up: true, reason: null });
    await rig.until(5.3);
    expect(rig.adverts(50).at(-1)).toBe('4.670 110');
    await rig.reload([instance(50, [A], { tracks: [track(20)] }), instance(51, [B], { tracks: [track(7)] })]);
    await rig.until(7);
    expect([rig.adverts(50).at(-1), rig.adverts(51).at(-1)]).toEqual(['6.670 120', '6.609 107']);
  });

  it('waits for the verdict of a track that is new, and stays what it is meanwhile', async () => {
    const chk = { kind: 'script', name: 'chk', weight: 0, reverse: false } as const;
    const rig = await new ReloadRig([instance(50, [A])]).started(5.3);
    await rig.reload([instance(50, [A], { tracks: [chk] })]);
    await rig.until(7);
    expect(rig.status.state).toBe('master');
    rig.router.track('script/chk', { up: false, reason: 'exit 1' });
    expect(rig.status.state).toBe('fault');
    await rig.until(7.1);
    await rig.reload([instance(50, [A])]);
    await rig.until(12);
    expect(rig.status.state).toBe('master');
  });

  it('leaves all as it is when the part makes no sense', async () => {
    const rig = await new ReloadRig([instance(50, [A])]).started(5.3);
    const wrong = { instances: [{ key: 'eth1 IPv4 50', text: '{' }], rest: '{}' };
    const applied = rig.router.apply(wrong, { groups: [], tracks: [], connectionSync: null });
    rig.clock.during(applied);
    await rig.until(7);
    expect(await applied).toContain('JSON');
    expect(rig.status.state).toBe('master');
    expect(await rig.reload([instance(50, [A]), instance(50, [B])])).toBe('two instances for eth1 IPv4 50');
    expect(rig.adverts(50)).toEqual(['3.609 100', '4.609 100', '5.609 100', '6.609 100']);
  });
});
