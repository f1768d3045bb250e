import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SyncChange } from '../../src/core/vrrp/sync-role.js';
import { KernelSyncDaemons } from '../../src/kernel/sync-daemon.js';
import { formatFailure } from '../../src/values/failure.js';
import * as C from '../../src/wire/ipvs-constants.js';
import { encodeStartDaemon } from '../../src/wire/ipvs-daemon.js';
import { type NetlinkMessage, NetlinkWriter } from '../../src/wire/netlink.js';
import * as N from '../../src/wire/netlink-constants.js';
import { daemon } from '../contract/sync-daemon.js';
import { FakeNetlink, i32, message, type Reply, systemError } from './fake-netlink.js';

const FAMILY = 0x1e;
const master = daemon('master', { maxlen: 1472 });
const start: SyncChange = { kind: 'start', daemon: master };

const verdict = (request: NetlinkMessage, errno = 0) =>
  message(N.NLMSG_ERROR, N.NLM_F_CAPPED, request.sequence, i32(-errno, N.SIZEOF_NLMSGHDR));
const done = (request: NetlinkMessage) => message(N.NLMSG_DONE, N.NLM_F_MULTI, request.sequence, i32(0));
const row = (request: NetlinkMessage): Uint8Array => {
  const w = new NetlinkWriter();
  encodeStartDaemon(w, { family: FAMILY, sequence: request.sequence }, master);
  return w.take();
};

/** A kernel in which a master runs, and which takes every change. */
const healthy: Reply = (request) => {
  if (request.type === N.GENL_ID_CTRL) {
    const w = new NetlinkWriter();
    w.begin(N.GENL_ID_CTRL, 0, request.sequence, N.CTRL_CMD_NEWFAMILY, 1);
    w.u16(N.CTRL_ATTR_FAMILY_ID, FAMILY);
    w.end();
    return [w.take(), verdict(request)];
  }
  if (request.bytes[request.start] === C.IPVS_CMD_GET_DAEMON) return [row(request), done(request)];
  return [verdict(request)];
};

function kernel(odd: (request: NetlinkMessage) => readonly Uint8Array[] | null = () => null) {
  const fake = new FakeNetlink((request) => odd(request) ?? healthy(request));
  return { fake, daemons: new KernelSyncDaemons(fake.native) };
}
const refusing = (errno: number) => kernel((r) => (r.type === N.GENL_ID_CTRL ? null : [verdict(r, errno)])).daemons;

describe('the kernel adapter of sync daemons', () => {
  test('lists, starts and stops through one socket, one request at a time', async () => {
    const { fake, daemons } = kernel();
    const all = await Promise.all([
      daemons.list(),
      daemons.apply(start),
      daemons.apply({ kind: 'stop', role: 'backup' }),
    ]);
    expect(all).toEqual([[master], null, null]);
    expect(fake.opened).toBe(1);
    await daemons.close();
    expect(fake.closed).toBe(1);
  });

  test.each([
    [19, 'sync.start master on eth1: there is no such interface: ENODEV'],
    [17, 'sync.start master on eth1: a daemon of that role runs already: EEXIST'],
    [101, 'sync.start master on eth1: no route to 224.0.0.81; the interface must be up: ENETUNREACH'],
    [1, 'sync.start needs CAP_NET_ADMIN (in the initial user namespace on older kernels): EPERM'],
    [12, 'sync.start master on eth1: ENOMEM'],
  ])('errno %i is told as what it means', async (errno, sentence) => {
    const failure = await refusing(errno).apply(start);
    expect(failure && formatFailure(failure)).toBe(sentence);
  });

  test('a stop that the kernel does not answer, because its thread has not run yet, is done', async () => {
    let stops = 0;
    const { daemons } = kernel((request) => {
      if (request.bytes[request.start] !== C.IPVS_CMD_DEL_DAEMON) return null;
      stops += 1;
      return stops === 1 ? [] : [verdict(request, 3)];
    });
    expect(await daemons.apply({ kind: 'stop', role: 'master' })).toBeNull();
    expect(stops).toBe(2);
  });

  test('a role that does not run is stopped already', async () => {
    expect(await refusing(3).apply({ kind: 'stop', role: 'master' })).toBeNull();
    expect(await refusing(3).apply(start)).toMatchObject({ code: 'ESRCH' });
  });

  test('without IPVS every call says how to load it, and one that is loaded later is found', async () => {
    let loaded = false;
    const { daemons } = kernel((request) => (loaded ? null : [verdict(request, 2)]));
    expect(await daemons.list()).toMatchObject({ code: 'no-ipvs', detail: expect.stringContaining('modprobe ip_vs') });
    expect(await daemons.apply(start)).toMatchObject({ what: 'sync.start', code: 'no-ipvs' });
    loaded = true;
    expect(await daemons.list()).toEqual([master]);
  });

  test('a socket that fails is closed, and the next call opens another', async () => {
    const { fake, daemons } = kernel();
    const fine = fake.reply;
    fake.reply = () => {
      throw systemError('ETIMEDOUT');
    };
    expect(await daemons.apply(start)).toMatchObject({ what: 'sync.start', code: 'ETIMEDOUT' });
    fake.reply = fine;
    expect(await daemons.apply(start)).toBeNull();
    expect([fake.opened, fake.closed]).toEqual([2, 1]);
  });

  test('an answer that was lost is no success', async () => {
    const { daemons } = kernel((request) => (request.type === N.GENL_ID_CTRL ? null : []));
    expect(await daemons.apply(start)).toMatchObject({ code: 'no-answer' });
    expect(await daemons.list()).toMatchObject({ code: 'bad-answer' });
  });

  test('whatever the kernel answers, a call ends with daemons or a failure', async () => {
    const noise = fc.array(fc.uint8Array({ maxLength: 80 }));
    await fc.assert(
      fc.asyncProperty(noise, fc.integer({ min: 0, max: 40 }), async (parts, type) => {
        const { daemons } = kernel((request) =>
          request.type === N.GENL_ID_CTRL
            ? null
            : [...parts.map((bytes) => message(type, 0, request.sequence, bytes)), done(request)],
        );
        const found = await daemons.list();
        expect('code' in found || Array.isArray(found)).toBe(true);
      }),
    );
  });
});
