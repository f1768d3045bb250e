import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planSync, roleIn, type SyncDaemon } from '../../src/core/vrrp/sync-role.js';
import type { Ip } from '../../src/values/ip.js';
import { daemon } from '../contract/sync-daemon.js';

test('who is master tells its connections, and everybody else listens', () => {
  expect((['init', 'backup', 'master', 'fault'] as const).map(roleIn)).toEqual([
    'backup',
    'backup',
    'master',
    'backup',
  ]);
});

describe('the plan', () => {
  test('leaves one that runs as wanted, as after a restart of directord', () => {
    expect(planSync([daemon('master', { maxlen: 1472 })], daemon('master'))).toEqual([]);
  });

  test('stops the other role before it starts one, as keepalived does', () => {
    expect(planSync([daemon('backup')], daemon('master'))).toEqual([
      { kind: 'stop', role: 'backup' },
      { kind: 'start', daemon: daemon('master') },
    ]);
  });

  test.each([
    { interface: 'eth2' },
    { id: 51 },
    { group: '224.0.0.82' as Ip },
    { port: 8849 },
    { ttl: 2 },
    { maxlen: 1200 },
  ])('replaces one of the right role that runs with other settings: %o', (other) => {
    expect(planSync([daemon('backup', { maxlen: 1472, ...other })], daemon('backup', { maxlen: 1472 }))).toEqual([
      { kind: 'stop', role: 'backup' },
      { kind: 'start', daemon: daemon('backup', { maxlen: 1472 }) },
    ]);
  });

  test('after it, exactly the wanted one runs, and no role was started twice', () => {
    const some = fc.record({
      id: fc.constantFrom(50, 51),
      maxlen: fc.constantFrom(null, 600, 1472),
      ttl: fc.constantFrom(1, 2),
    });
    const kernelHas = fc
      .tuple(fc.option(some), fc.option(some))
      .map(([master, backup]) => [
        ...(master === null ? [] : [daemon('master', { ...master, maxlen: master.maxlen ?? 1472 })]),
        ...(backup === null ? [] : [daemon('backup', { ...backup, maxlen: Math.max(backup.maxlen ?? 1472, 1024) })]),
      ]);
    const wants = fc.option(fc.tuple(fc.constantFrom('master' as const, 'backup' as const), some));
    fc.assert(
      fc.property(kernelHas, wants, (running, want) => {
        const wanted = want === null ? null : daemon(...want);
        let after: SyncDaemon[] = [...running];
        for (const change of planSync(running, wanted)) {
          if (change.kind === 'stop') after = after.filter(({ role }) => role !== change.role);
          else {
            expect(after.map(({ role }) => role)).not.toContain(change.daemon.role);
            after.push(change.daemon);
          }
        }
        expect(after.map(({ role }) => role)).toEqual(wanted === null ? [] : [wanted.role]);
      }),
    );
  });
});
