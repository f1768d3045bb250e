import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { native } from '../../src/kernel/native.js';
import { KernelSyncDaemons } from '../../src/kernel/sync-daemon.js';
import type { Ip } from '../../src/values/ip.js';
import { daemon, syncContract } from '../contract/sync-daemon.js';

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe' });
const ip = (text: string) => run('ip', ...text.split(' '));
/** ipvsadm is the judge of what stands in the kernel. */
const ipvsadm = (): string[] =>
  run('ipvsadm', '-L', '--daemon')
    .split('\n')
    .filter((line) => line.includes('sync'))
    .map((line) => line.trim());

beforeAll(() => {
  const standing = ipvsadm();
  if (standing.length > 0) throw new Error(`this network namespace has a sync daemon (${standing[0]})`);
  ip('link add eth1 type dummy');
  ip('addr add 10.77.0.1/24 dev eth1');
  ip('link set eth1 up');
});
afterAll(() => {
  ip('link del eth1');
});

syncContract('the kernel', async () => {
  const daemons = new KernelSyncDaemons(native);
  return {
    daemons,
    end: async () => {
      for (const role of ['master', 'backup'] as const) expect(await daemons.apply({ kind: 'stop', role })).toBeNull();
      expect(ipvsadm()).toEqual([]);
      await daemons.close();
    },
  };
});

describe('the kernel’s sync daemons as ipvsadm sees them', () => {
  const daemons = new KernelSyncDaemons(native);
  afterAll(() => daemons.close());

  test('run with what they were given', async () => {
    const wanted = daemon('master', { id: 7, group: '239.1.2.3' as Ip, port: 9000, ttl: 5, maxlen: 1200 });
    expect(await daemons.apply({ kind: 'start', daemon: wanted })).toBeNull();
    expect(ipvsadm()).toEqual([
      'master sync daemon (mcast=eth1, syncid=7, maxlen=1200, group=239.1.2.3, port=9000, ttl=5)',
    ]);
    await daemons.apply({ kind: 'stop', role: 'master' });
    expect(ipvsadm()).toEqual([]);
  });

  test('one that ipvsadm started is read and stopped', async () => {
    run('ipvsadm', '--start-daemon', 'backup', '--mcast-interface', 'eth1', '--syncid', '9');
    expect(await daemons.list()).toEqual([daemon('backup', { id: 9, maxlen: 1472 })]);
    expect(await daemons.apply({ kind: 'stop', role: 'backup' })).toBeNull();
    expect(ipvsadm()).toEqual([]);
  });

  test('an IPv6 group works on an interface that has a link-local address', async () => {
    const wanted = daemon('backup', { group: 'ff02::51' as Ip, maxlen: 1472 });
    ip('addr add fe80::77/64 dev eth1 nodad');
    expect(await daemons.apply({ kind: 'start', daemon: wanted })).toBeNull();
    expect(await daemons.list()).toMatchObject([{ group: 'ff02::51', role: 'backup' }]);
    await daemons.apply({ kind: 'stop', role: 'backup' });
  });

  test('one that is stopped before it has begun is stopped, and nobody waits for an answer', async () => {
    const begun = performance.now();
    for (let i = 0; i < 20; i += 1) {
      expect(await daemons.apply({ kind: 'start', daemon: daemon('backup') })).toBeNull();
      expect(await daemons.apply({ kind: 'stop', role: 'backup' })).toBeNull();
    }
    expect(ipvsadm()).toEqual([]);
    // An answer that does not come is waited for 30 s.
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});
