import { describe, expect, it } from 'vitest';
import { type ConnectionSync, SyncRoles } from '../../src/router/sync-roles.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { SimSyncDaemons } from '../../src/sim/sync-daemon.js';
import type { Ip } from '../../src/values/ip.js';
import { after, instant, millis, seconds } from '../../src/values/time.js';
import { daemon } from '../contract/sync-daemon.js';

const SYNC: ConnectionSync = {
  instance: 'VI_1',
  interface: 'eth1',
  id: 50,
  group: '224.0.0.81' as Ip,
  port: 8848,
  ttl: 1,
  maxlen: null,
};

function rig() {
  const clock = new VirtualClock(instant(0));
  const daemons = new SimSyncDaemons();
  daemons.pause = async () => clock.settle();
  const lines: string[] = [];
  const say = (_: object, message: string): void => {
    lines.push(message);
  };
  let changes = 0;
  const roles = new SyncRoles(SYNC, {
    daemons,
    clock,
    alarms: new SimProcess(clock),
    log: { debug: say, info: say, warn: say, error: say },
    changed: () => {
      changes += 1;
    },
  });
  const settle = () => clock.advance(millis(1));
  return { clock, daemons, roles, lines, settle, changes: () => changes };
}

describe('connection sync', () => {
  it('listens at start, tells as master, listens in fault, and ends with the instance', async () => {
    const { daemons, roles, lines, settle } = rig();
    for (const state of ['init', 'backup', 'master', 'fault', 'backup'] as const) {
      roles.follow(state);
      await settle();
      expect(daemons.running).toMatchObject([
        { role: state === 'master' ? 'master' : 'backup', interface: 'eth1', id: 50 },
      ]);
    }
    await roles.stop();
    expect(daemons.running).toEqual([]);
    expect(daemons.tried).toEqual([
      'start backup',
      'stop backup',
      'start master',
      'stop master',
      'start backup',
      'stop backup',
    ]);
    expect(lines).toEqual([
      'connection sync: backup',
      'connection sync: master',
      'connection sync: backup',
      'connection sync: stopped',
    ]);
  });

  it('adopts a daemon that it finds, and replaces one that runs otherwise', async () => {
    const { daemons, roles, settle } = rig();
    daemons.running = [daemon('backup', { maxlen: 1472 })];
    roles.follow('backup');
    await settle();
    expect(daemons.tried).toEqual([]);
    expect(roles.status()).toEqual({ role: 'backup', interface: 'eth1', id: 50, reason: null });
    daemons.running = [daemon('master', { id: 7, maxlen: 1472 })];
    roles.follow('master');
    await settle();
    expect(daemons.tried).toEqual(['stop master', 'start master']);
    expect(daemons.running).toMatchObject([{ role: 'master', id: 50 }]);
  });

  it('says once why the kernel refuses, tries again with longer pauses, and says when it is well', async () => {
    const { clock, daemons, roles, lines, changes } = rig();
    daemons.interfaces = new Set();
    roles.follow('backup');
    await clock.advance(millis(1));
    const reason = 'sync.start backup on eth1: ENODEV';
    expect(roles.status()).toMatchObject({ role: null, reason });
    await clock.advance(seconds(8));
    // At 0, 1, 3 and 7 s.
    expect(daemons.tried).toEqual(Array(4).fill('start backup'));
    await clock.advance(seconds(600));
    // At 15, 31 and 63 s, then once a minute.
    expect(daemons.tried.length).toBe(4 + 3 + 9);
    expect([lines, changes()]).toEqual([[`no connection sync: ${reason}`], 1]);
    daemons.interfaces = null;
    await clock.advance(seconds(60));
    expect(lines.at(-1)).toBe('connection sync: backup');
    expect(roles.status()).toMatchObject({ role: 'backup', reason: null });
    const tried = daemons.tried.length;
    await clock.advance(seconds(600));
    expect(daemons.tried.length).toBe(tried);
  });

  it('tells a kernel without IPVS in one sentence, and a stop does not wait for it', async () => {
    const { daemons, roles, lines, settle } = rig();
    daemons.present = false;
    roles.follow('backup');
    await settle();
    roles.follow('master');
    await settle();
    await roles.stop();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^no connection sync: .*no IPVS: load it with `modprobe ip_vs`/);
  });

  it('asks a slow kernel one question at a time, and skips roles that were overtaken meanwhile', async () => {
    const { clock, daemons, roles, settle } = rig();
    let asked = 0;
    let most = 0;
    daemons.pause = async () => {
      asked += 1;
      most = Math.max(most, asked);
      await new Promise<void>((resolve) => {
        clock.at(after(clock.now(), seconds(1)), () => {
          resolve();
          clock.settle();
        });
      });
      asked -= 1;
    };
    roles.follow('backup');
    for (let i = 0; i < 50; i += 1) {
      await clock.advance(millis(10));
      roles.follow(i % 2 === 0 ? 'master' : 'backup');
    }
    roles.follow('master');
    await clock.advance(seconds(10));
    await settle();
    expect(most).toBe(1);
    expect(daemons.running).toMatchObject([{ role: 'master' }]);
    expect(daemons.tried).toEqual(['start master']);
  });

  it('survives an adapter that throws, and tries again', async () => {
    const { clock, daemons, roles, lines } = rig();
    daemons.pause = async () => {
      clock.settle();
      throw new Error('no descriptor left');
    };
    roles.follow('backup');
    await clock.advance(millis(1));
    expect(lines).toEqual(['no connection sync: no descriptor left']);
    daemons.pause = async () => clock.settle();
    await clock.advance(seconds(2));
    expect(daemons.running).toMatchObject([{ role: 'backup' }]);
  });

  it('goes over to another instance without a change of the daemon, and to another daemon at once', async () => {
    const { daemons, roles, settle } = rig();
    roles.follow('master');
    await settle();
    roles.reconfigure({ ...SYNC, instance: 'VI_2' }, 'master');
    await settle();
    expect([roles.instance, daemons.tried]).toEqual(['VI_2', ['start master']]);
    roles.reconfigure({ ...SYNC, instance: 'VI_2', id: 51 }, 'master');
    await settle();
    expect(daemons.running).toMatchObject([{ role: 'master', id: 51 }]);
    roles.reconfigure(null, null);
    await settle();
    expect([daemons.running, roles.status()]).toEqual([[], null]);
    roles.reconfigure(SYNC, 'backup');
    await settle();
    expect(daemons.running).toMatchObject([{ role: 'backup', id: 50 }]);
    await roles.stop();
    roles.reconfigure({ ...SYNC, id: 9 }, 'master');
    await settle();
    expect(daemons.running).toEqual([]);
  });
});
