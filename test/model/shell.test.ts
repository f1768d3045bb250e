import { describe, expect, it } from 'vitest';
import { type Cidr4, type Ipv4, parseCidr4 } from '../../src/values/ipv4.js';
import { micros, millis, seconds } from '../../src/values/time.js';
import { Rig, settings, VIP } from './rig.js';

const OWN = '172.28.128.60/24';
const cidr = (text: string): Cidr4 => parseCidr4(text) as Cidr4;
const vip = { interface: 'eth1', cidr: cidr(VIP) };

describe('the router on a simulated host', () => {
  it('3: becomes master, sends from its primary address, and puts the address up before it announces it', async () => {
    const rig = await new Rig().started(5);
    expect(rig.frames).toEqual([
      '3.609 100 from 172.28.128.60',
      '3.610 announce 172.28.128.200',
      '3.710 announce 172.28.128.200',
      '4.609 100 from 172.28.128.60',
    ]);
    expect(rig.standing).toEqual([OWN, VIP]);
    expect(rig.status).toMatchObject({ state: 'master', master: '172.28.128.60', effectivePriority: 100 });
  });

  it('32: keeps the grid for a day, each alarm being late by up to 5 ms', async () => {
    const rig = new Rig();
    let n = 0;
    rig.process.lateness = () => {
      n += 1;
      return micros((n * 7_919) % 5_000);
    };
    await rig.started(86_400);
    const adverts = rig.sightings.filter((s) => s.frame.kind === 'advert').map((s) => s.at as number);
    expect(adverts.length).toBe(86_397);
    const start = 3_609_475 + 0; // three adverts and the skew, after the kernel told of its links
    const off = adverts.map((at, i) => at - start - i * 1_000_000);
    // The first one is late too, and the grid starts with it.
    expect(Math.min(...off)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...off)).toBeLessThan(10_000);
    expect(rig.status.counters.worstLatenessMs).toBeLessThan(5);
  });

  it('36: lets go when it is stopped, then removes the address, then closes', async () => {
    const rig = await new Rig().started(4);
    const stopped = rig.router.stop();
    rig.clock.during(stopped);
    await rig.until(6);
    await stopped;
    expect(rig.frames.slice(-1)).toEqual(['4.000 0 from 172.28.128.60']);
    expect(rig.standing).toEqual([OWN]);
    expect(rig.status.state).toBe('init');
  });

  it('12: counts an advert for another virtual router, and logs it at a limited rate', async () => {
    const rig = await new Rig().started(0.1);
    for (let i = 0; i < 200; i += 1) rig.says(100, { virtualRouterId: 51 });
    await rig.until(1);
    const lines = rig.logged.filter((line) => line.fields.drop === 'unknown-vrid');
    expect(lines.length).toBe(1);
    expect(rig.status.state).toBe('backup');
  });

  it('21: says in its status whom it does not understand, as long as that is so', async () => {
    const rig = await new Rig().started(0.1);
    await rig.until(1);
    rig.says(200, { auth: { type: 'pass', password: 'wrong' } });
    await rig.until(2);
    expect(rig.status.reasons).toEqual(['adverts of 172.28.128.90 are dropped: its password is not ours']);
    await rig.until(12);
    expect(rig.status.reasons).toEqual([]);
  });

  it('21: counts each refused advert by its kind, and logs each kind once while it lasts', async () => {
    const rig = await new Rig().started(0.1);
    for (let i = 0; i < 150; i += 1) {
      rig.says(200, { interval: seconds(3) });
      rig.says(200, { addresses: [] });
      rig.says(200, { auth: { type: 'none' } });
      rig.says(200, { auth: { type: 'pass', password: 'wrong' } });
      rig.says(200, {}, '172.28.128.60');
      await rig.until(0.1 + (i + 1) * 0.5);
    }
    expect(rig.status.counters.dropped).toEqual({
      'other-interval': 150,
      'other-addresses': 150,
      'other-auth-type': 150,
      'other-auth-data': 150,
      'own-address': 150,
    });
    expect(rig.status.counters.received).toBe(0);
    expect(rig.status.state).toBe('master'); // nobody who counts was heard
    const kinds = rig.logged.map((line) => line.fields.condition).filter((name) => name !== undefined);
    expect(kinds.length).toBe(5);
    await rig.until(90);
    expect(rig.status.conditions).toEqual([]);
    expect(rig.logged.filter((line) => line.message.endsWith(' is over')).length).toBe(5);
  });

  it('25: lets go of the address when a better master speaks', async () => {
    const rig = await new Rig().started(4);
    rig.says(200);
    await rig.until(4.1);
    expect(rig.status).toMatchObject({ state: 'backup', master: '172.28.128.90' });
    expect(rig.standing).toEqual([OWN]);
  });

  it('takes the addresses of an earlier life for its own when nobody else serves, and lets go when somebody does', async () => {
    const alone = new Rig();
    alone.kernel.add({ ...vip, broadcast: null, scope: 'global', label: null });
    await alone.started(3);
    expect(alone.standing).toEqual([OWN, VIP]);
    const beside = new Rig();
    beside.kernel.add({ ...vip, broadcast: null, scope: 'global', label: null });
    await beside.started(1);
    beside.says(50);
    await beside.until(1.1);
    expect(beside.standing).toEqual([OWN]);
    expect(beside.status.state).toBe('backup');
  });

  it('puts back within a millisecond an address that somebody removes, and announces it again', async () => {
    const rig = await new Rig().started(4);
    rig.kernel.remove(vip);
    await rig.until(4.001);
    expect(rig.standing).toEqual([OWN, VIP]);
    expect(rig.frames.slice(-1)).toEqual(['4.000 announce 172.28.128.200']);
    expect(rig.events.slice(-1)).toEqual([`4.000 address restored: ${VIP} was removed by somebody else`]);
  });

  it('gives up for a while when something keeps removing the address', async () => {
    const rig = await new Rig().started(4);
    const stop = rig.kernel.watch(() => {
      if (rig.standing.includes(VIP)) rig.kernel.remove(vip);
    });
    rig.kernel.remove(vip);
    await rig.until(8);
    stop();
    expect(rig.status.state).toBe('fault');
    expect(rig.status.reasons.join()).toContain('keeps removing');
    await rig.until(20);
    expect(rig.status.state).toBe('master');
    expect(rig.standing).toEqual([OWN, VIP]);
  });

  it('is in fault without a carrier, and says nothing; a backup again with it', async () => {
    const rig = await new Rig().started(4);
    rig.port.plugged = false;
    await rig.until(5);
    expect(rig.status).toMatchObject({ state: 'fault', reasons: ['interface eth1 has no carrier'] });
    expect(rig.standing).toEqual([OWN]);
    rig.port.plugged = true;
    await rig.until(5.1);
    expect(rig.status.state).toBe('backup');
  });

  it('is in fault when its interface is set down, or is taken away, and comes back under another index', async () => {
    const rig = await new Rig().started(4);
    rig.kernel.setUp('eth1', false);
    await rig.until(4.1);
    expect(rig.status.reasons).toEqual(['interface eth1 is down']);
    rig.kernel.removeLink('eth1');
    await rig.until(4.2);
    expect(rig.status.reasons).toEqual(['interface eth1 does not exist']);
    rig.kernel.addLink('eth1', [cidr(OWN)], rig.port);
    await rig.until(9);
    expect(rig.status.state).toBe('master');
    expect(rig.frames.slice(-1)).toEqual(['8.810 100 from 172.28.128.60']);
  });

  it('is in fault while its interface has no address of its own', async () => {
    const rig = await new Rig().started(4);
    rig.kernel.remove({ interface: 'eth1', cidr: cidr(OWN) });
    await rig.until(4.1);
    expect(rig.status).toMatchObject({ state: 'fault', reasons: ['interface eth1 has no IPv4 address of its own'] });
  });

  it('resigns when the kernel refuses the address, says why, and tries again', async () => {
    const rig = new Rig();
    rig.kernel.refuse = (what) => (what === 'address.add' ? 'ENOBUFS' : null);
    await rig.started(4);
    expect(rig.frames).toEqual(['3.609 100 from 172.28.128.60', '3.610 0 from 172.28.128.60']);
    expect(rig.status).toMatchObject({ state: 'fault', reasons: [`address.add ${VIP} on eth1: ENOBUFS`] });
    rig.kernel.refuse = null;
    await rig.until(13);
    expect(rig.status.state).toBe('master');
    expect(rig.standing).toEqual([OWN, VIP]);
  });

  it('resigns when three adverts in a row cannot be sent, and survives that one cannot', async () => {
    const rig = await new Rig().started(4);
    rig.kernel.refuse = (what) => (what === 'lan.send' ? 'ENOBUFS' : null);
    await rig.until(6);
    expect(rig.status.state).toBe('master');
    rig.kernel.refuse = null;
    await rig.until(7);
    rig.kernel.refuse = (what) => (what === 'lan.send' ? 'ENOBUFS' : null);
    await rig.until(10);
    expect(rig.status.state).toBe('fault');
    expect(rig.status.reasons.join()).toContain('cannot send adverts');
    expect(rig.standing).toEqual([OWN]);
  });

  it('tries again when the kernel gives no socket or no list of links', async () => {
    for (const broken of ['lan.open', 'address.list']) {
      const rig = new Rig();
      rig.kernel.refuse = (what) => (what === broken ? 'EPERM' : null);
      await rig.started(1);
      expect(rig.status.state, broken).not.toBe('backup');
      rig.kernel.refuse = null;
      await rig.until(12);
      expect(rig.status.state, broken).toBe('master');
    }
  });

  it('is stopped in peace while the kernel refuses everything', async () => {
    const rig = await new Rig().started(4);
    rig.kernel.refuse = () => 'EIO';
    rig.kernel.setUp('eth1', false); // a notification is under way when it stops
    await rig.until(4.00015);
    const stopped = rig.router.stop();
    rig.clock.during(stopped);
    await rig.until(20);
    await stopped;
    expect(rig.status.state).toBe('init');
  });

  it('22: as the owner is master from the start, and leaves the host its own address', async () => {
    const rig = new Rig([settings({ priority: 255 })], VIP);
    await rig.started(1.5);
    expect(rig.frames.map((line) => line.slice(0, 9))).toEqual(['0.000 255', '0.000 ann', '0.100 ann', '1.000 255']);
    const stopped = rig.router.stop();
    rig.clock.during(stopped);
    await rig.until(3);
    expect(rig.standing).toEqual([VIP]);
  });

  it('22: with priority 255 is in fault where the address is not the host’s', async () => {
    const rig = await new Rig([settings({ priority: 255 })]).started(5);
    expect(rig.frames).toEqual([]);
    expect(rig.status.state).toBe('fault');
    expect(rig.status.reasons.join()).toContain('priority 255');
  });

  it('has no address in fault, also where the third lost advert is the first one of a mastership', async () => {
    const rig = await new Rig().started(3.7);
    rig.kernel.refuse = (what) => (what === 'lan.send' ? 'ENOBUFS' : null);
    await rig.until(5.7); // two adverts are lost
    rig.says(200);
    await rig.until(9.6);
    expect(rig.events.slice(-2)).toEqual([
      '9.309 master: no advert within Master_Down_Interval',
      '9.309 fault: cannot send adverts: lan.send on eth1: ENOBUFS',
    ]);
    expect(rig.status.state).toBe('fault');
    expect(rig.standing).toEqual(['172.28.128.60/24']);
  });

  it('waits for the first verdict of its scripts, and then weighs them', async () => {
    const rig = await new Rig([
      settings({ tracks: [{ kind: 'script', name: 'chk', weight: -20, reverse: false }] }),
    ]).started(10);
    expect(rig.frames).toEqual([]);
    expect(rig.status).toMatchObject({ state: 'init', reasons: ['waits for the first run of script chk'] });
    rig.router.track('script/chk', { up: false, reason: 'exit 1' });
    await rig.until(15);
    expect(rig.status).toMatchObject({ state: 'master', effectivePriority: 80 });
    rig.router.track('script/chk', { up: true, reason: null });
    await rig.until(16);
    expect(rig.frames.slice(-1)[0]).toContain(' 100 from');
  });

  it('38: runs two virtual routers on one interface, each by itself', async () => {
    const other = settings({ name: 'VI_2' });
    const second = {
      ...other,
      vrrp: { ...other.vrrp, virtualRouterId: 51, addresses: ['172.28.128.201' as Ipv4] },
      addresses: [{ ...(other.addresses[0] as (typeof other.addresses)[0]), cidr: cidr('172.28.128.201/24') }],
    };
    const rig = await new Rig([settings(), second]).started(4);
    rig.says(200);
    await rig.until(4.1);
    expect(rig.router.status().map((s) => s.state)).toEqual(['backup', 'master']);
    expect(rig.standing).toEqual([OWN, '172.28.128.201/24']);
  });

  it('35: after a stall of seconds does not claim over the master that it finds in its socket', async () => {
    for (const order of ['alarms-first', 'tasks-first'] as const) {
      const rig = await new Rig().started(1);
      rig.process.stall();
      for (let i = 2; i < 12; i += 1) {
        rig.says(100);
        await rig.until(i);
      }
      rig.process.wake(order);
      await rig.until(12);
      expect(rig.frames).toEqual([]);
      expect(rig.status).toMatchObject({ state: 'backup', master: '172.28.128.90' });
    }
  });

  it('resigns while the director is gone for too long, and comes back with it', async () => {
    const rig = await new Rig().started(4);
    rig.router.hold(['the director does not come back']);
    await rig.until(4.1);
    expect(rig.frames.slice(-1)).toEqual(['4.000 0 from 172.28.128.60']);
    expect(rig.status).toMatchObject({ state: 'fault', reasons: ['the director does not come back'] });
    rig.router.hold([]);
    await rig.clock.advance(millis(4_000));
    expect(rig.status.state).toBe('master');
  });
});
