import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planSync, type SyncDaemon, type SyncRole } from '../../src/core/vrrp/sync-role.js';
import type { SyncDaemons } from '../../src/ports/sync-daemon.js';
import type { Ip } from '../../src/values/ip.js';

/** An implementation under test, with no daemon running. */
export interface SyncUnderTest {
  readonly daemons: SyncDaemons;
  end(): Promise<void>;
}

/** On an interface `eth1` of MTU 1500 that is up and has an address. */
export const daemon = (role: SyncRole, more: Partial<SyncDaemon> = {}): SyncDaemon => ({
  role,
  interface: 'eth1',
  id: 50,
  group: '224.0.0.81' as Ip,
  port: 8848,
  ttl: 1,
  maxlen: null,
  ...more,
});

/** What all implementations of SyncDaemons have in common. */
export function syncContract(name: string, make: () => Promise<SyncUnderTest>): void {
  describe(`${name} keeps the contract of sync daemons`, () => {
    let it: SyncUnderTest;
    beforeEach(async () => {
      it = await make();
    });
    afterEach(async () => {
      await it.end();
    });
    const start = (wanted: SyncDaemon) => it.daemons.apply({ kind: 'start', daemon: wanted });

    test('none runs at first', async () => {
      expect(await it.daemons.list()).toEqual([]);
    });

    test.each([
      daemon('master'),
      daemon('backup'),
      daemon('master', { id: 0, group: '239.1.2.3' as Ip, port: 9000, ttl: 7, maxlen: 600 }),
      daemon('backup', { id: 255, port: 65_535, ttl: 255, maxlen: 65_507 }),
    ])('one that was started runs with what it was given: %o', async (wanted) => {
      expect(await start(wanted)).toBeNull();
      expect(await it.daemons.list()).toEqual([{ ...wanted, maxlen: wanted.maxlen ?? 1472 }]);
    });

    test('the buffer of a backup is 1024 bytes at least, which is as wanted', async () => {
      const wanted = daemon('backup', { maxlen: 600 });
      await start(wanted);
      const running = await it.daemons.list();
      expect(running).toMatchObject([{ maxlen: 1024 }]);
      expect(planSync(running as SyncDaemon[], wanted)).toEqual([]);
    });

    test('a role runs once', async () => {
      await start(daemon('backup'));
      expect(await start(daemon('backup', { id: 7 }))).toMatchObject({ what: 'sync.start', code: 'EEXIST' });
      expect(await it.daemons.list()).toMatchObject([{ id: 50 }]);
    });

    test('both roles may run side by side', async () => {
      await start(daemon('backup'));
      await start(daemon('master'));
      expect(((await it.daemons.list()) as SyncDaemon[]).map(({ role }) => role).sort()).toEqual(['backup', 'master']);
    });

    test('to stop one ends it alone, and one that does not run is stopped already', async () => {
      await start(daemon('backup'));
      await start(daemon('master'));
      expect(await it.daemons.apply({ kind: 'stop', role: 'backup' })).toBeNull();
      expect(await it.daemons.list()).toMatchObject([{ role: 'master' }]);
      expect(await it.daemons.apply({ kind: 'stop', role: 'backup' })).toBeNull();
    });

    test('an interface that is not there is ENODEV', async () => {
      const refused = await start(daemon('master', { interface: 'eth7' }));
      expect(refused).toMatchObject({ what: 'sync.start', code: 'ENODEV', detail: expect.stringContaining('eth7') });
    });

    test('a plan leads from any two daemons to the wanted one', async () => {
      for (const wanted of [daemon('master'), daemon('backup'), daemon('backup', { id: 9 }), null]) {
        await start(daemon('master', { id: 3 }));
        await start(daemon('backup'));
        const found = (await it.daemons.list()) as SyncDaemon[];
        for (const change of planSync(found, wanted)) expect(await it.daemons.apply(change)).toBeNull();
        expect(await it.daemons.list()).toEqual(wanted === null ? [] : [{ ...wanted, maxlen: 1472 }]);
        for (const role of ['master', 'backup'] as const) await it.daemons.apply({ kind: 'stop', role });
      }
    });
  });
}
