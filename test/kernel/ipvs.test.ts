import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN_SERVICE, plainServer, type TableChange } from '../../src/core/ipvs/table.js';
import { errnoName } from '../../src/kernel/generic-netlink.js';
import { KernelIpvs } from '../../src/kernel/ipvs.js';
import { formatFailure } from '../../src/values/failure.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { encodePutServer, encodePutService } from '../../src/wire/ipvs.js';
import * as C from '../../src/wire/ipvs-constants.js';
import { type NetlinkMessage, NetlinkWriter } from '../../src/wire/netlink.js';
import * as N from '../../src/wire/netlink-constants.js';
import { FakeNetlink, i32, message, type Reply, systemError } from './fake-netlink.js';

const FAMILY = 0x1e;
const EPERM = 1;
const ENOENT = 2;
const service = { protocol: 'tcp', address: '10.0.0.1' as Ipv4, port: 80 } as const;
const server = { address: '10.1.0.1' as Ipv4, port: 80 };
const settings = { ...PLAIN_SERVICE, scheduler: 'rr', persistence: 0 };
const add: TableChange = { kind: 'addService', service, settings };
const remove: TableChange = { kind: 'removeService', service };

const verdict = (request: NetlinkMessage, errno = 0) =>
  message(N.NLMSG_ERROR, N.NLM_F_CAPPED, request.sequence, i32(-errno, N.SIZEOF_NLMSGHDR));
const done = (request: NetlinkMessage, flags = 0) =>
  message(N.NLMSG_DONE, N.NLM_F_MULTI | flags, request.sequence, i32(0));
const command = (request: NetlinkMessage) => request.bytes[request.start];

function row(request: NetlinkMessage, encode: (w: NetlinkWriter, to: { family: number; sequence: number }) => void) {
  const w = new NetlinkWriter();
  encode(w, { family: FAMILY, sequence: request.sequence });
  return w.take();
}
const serviceRow = (request: NetlinkMessage) =>
  row(request, (w, to) => encodePutService(w, to, 'new', service, settings));
const serverRow = (request: NetlinkMessage) =>
  row(request, (w, to) => encodePutServer(w, to, 'new', service, server, plainServer('dr', 1)));

/** A kernel with one service and one server, which takes every change. */
const healthy: Reply = (request) => {
  if (request.type === N.GENL_ID_CTRL) {
    const w = new NetlinkWriter();
    w.begin(N.GENL_ID_CTRL, 0, request.sequence, N.CTRL_CMD_NEWFAMILY, 1);
    w.u16(N.CTRL_ATTR_FAMILY_ID, FAMILY);
    w.end();
    return [w.take(), verdict(request)];
  }
  if (command(request) === C.IPVS_CMD_GET_SERVICE) return [serviceRow(request), done(request)];
  if (command(request) === C.IPVS_CMD_GET_DEST) return [serverRow(request), done(request)];
  return (request.flags & N.NLM_F_ACK) === 0 ? [] : [verdict(request)];
};

/** A kernel that is healthy but for what `odd` answers. */
function kernel(odd: (request: NetlinkMessage) => readonly Uint8Array[] | null = () => null) {
  const fake = new FakeNetlink((request) => odd(request) ?? healthy(request));
  return { fake, ipvs: new KernelIpvs(fake.native) };
}
const isDump = (request: NetlinkMessage) => (request.flags & N.NLM_F_DUMP) === N.NLM_F_DUMP;
const codeOf = (answer: object) => ('code' in answer ? answer.code : 'fine');

describe('the kernel adapter', () => {
  test('reads a table through one socket, which it keeps', async () => {
    const { fake, ipvs } = kernel();
    expect(await ipvs.dump()).toMatchObject([{ key: service, servers: [{ key: server, weight: 1 }] }]);
    expect(codeOf(await ipvs.dump())).toBe('fine');
    expect([fake.opened, fake.closed]).toEqual([1, 0]);
    await ipvs.close();
    expect([fake.opened, fake.closed]).toEqual([1, 1]);
  });

  test('asks for an acknowledgement of the last change only, and gives each its own verdict', async () => {
    const flags: number[] = [];
    const { ipvs } = kernel((request) => {
      if (request.type === N.GENL_ID_CTRL) return null;
      flags.push(request.flags);
      return flags.length === 2 ? [verdict(request, ENOENT)] : null;
    });
    const failures = await ipvs.apply([add, add, remove]);
    expect(flags.map((f) => (f & N.NLM_F_ACK) !== 0)).toEqual([false, false, true]);
    expect(failures.map((failure) => failure?.code ?? null)).toEqual([null, 'ENOENT', null]);
  });

  test('verdicts that are still in the socket after the transaction count too, if they are the kernel’s', async () => {
    const { fake, ipvs } = kernel((request) => {
      if (request.type === N.GENL_ID_CTRL) return null;
      if ((request.flags & N.NLM_F_ACK) === 0) fake.waiting.push(verdict(request, EPERM));
      return null;
    });
    expect((await ipvs.apply([add, remove])).map((f) => f?.code ?? null)).toEqual(['EPERM', null]);
    fake.sender = 4711;
    expect((await ipvs.apply([add, remove])).map((f) => f?.code ?? null)).toEqual([null, null]);
  });

  test('no IPVS in the kernel: every call says how to load it', async () => {
    const { ipvs } = kernel((request) => [verdict(request, ENOENT)]);
    const answer = await ipvs.dump();
    expect('code' in answer && formatFailure(answer)).toBe(
      'ipvs.dump this kernel has no IPVS: load it with `modprobe ip_vs` (on the host, where this is a container); ' +
        'the kernel must be built with CONFIG_IP_VS: no-ipvs',
    );
    expect(await ipvs.apply([add])).toMatchObject([{ what: 'ipvs.addService', code: 'no-ipvs' }]);
  });

  test('IPVS that is loaded later is found without a restart', async () => {
    let loaded = false;
    const { ipvs } = kernel((request) => (loaded ? null : [verdict(request, ENOENT)]));
    expect(codeOf(await ipvs.dump())).toBe('no-ipvs');
    loaded = true;
    expect(codeOf(await ipvs.dump())).toBe('fine');
  });

  test('a module that was loaded anew has another number, which is looked up again', async () => {
    let asked = 0;
    const { ipvs } = kernel((request) => {
      if (request.type === N.GENL_ID_CTRL) asked += 1;
      return request.type !== N.GENL_ID_CTRL && asked < 2 ? [verdict(request, ENOENT)] : null;
    });
    expect(codeOf(await ipvs.dump())).toBe('fine');
    expect(asked).toBe(2);
  });

  test('without the capability the failure names it', async () => {
    const { ipvs } = kernel((request) => (request.type === N.GENL_ID_CTRL ? null : [verdict(request, EPERM)]));
    expect(await ipvs.dump()).toMatchObject({ code: 'EPERM', detail: expect.stringContaining('CAP_NET_ADMIN') });
    expect(await ipvs.apply([add])).toMatchObject([
      { code: 'EPERM', detail: expect.stringMatching(/^tcp\/10\.0\.0\.1:80: needs CAP_NET_ADMIN/) },
    ]);
  });

  test('a dump that the kernel calls inconsistent is read again, and given up when it stays so', async () => {
    let interruptions = 2;
    const { ipvs } = kernel((request) =>
      command(request) === C.IPVS_CMD_GET_DEST && isDump(request) && interruptions-- > 0
        ? [serverRow(request), done(request, N.NLM_F_DUMP_INTR)]
        : null,
    );
    expect(await ipvs.dump()).toMatchObject([{ servers: [{ key: server }] }]);
    interruptions = Number.POSITIVE_INFINITY;
    expect(codeOf(await ipvs.dump())).toBe('unsettled');
  });

  test('a row that comes twice in a dump counts once', async () => {
    const { ipvs } = kernel((request) => {
      if (command(request) === C.IPVS_CMD_GET_SERVICE && isDump(request))
        return [serviceRow(request), serviceRow(request), done(request)];
      if (command(request) === C.IPVS_CMD_GET_DEST) return [serverRow(request), serverRow(request), done(request)];
      return null;
    });
    expect(await ipvs.dump()).toMatchObject([{ servers: [{ key: server }] }]);
  });

  test('a service that went between the two dumps has no rows', async () => {
    const { ipvs } = kernel((request) => (command(request) === C.IPVS_CMD_GET_DEST ? [done(request)] : null));
    expect(await ipvs.dump()).toMatchObject([{ key: service, servers: [] }]);
  });

  test('an answer that cannot be read fails the dump and names the part', async () => {
    const { ipvs } = kernel((request) =>
      isDump(request) ? [message(FAMILY, 0, request.sequence, [1, 1, 0, 0]), done(request)] : null,
    );
    expect(await ipvs.dump()).toMatchObject({ code: 'bad-answer', detail: expect.stringContaining('service nest') });
  });

  test('an answer that was lost makes no change a success', async () => {
    const { fake, ipvs } = kernel();
    await ipvs.dump();
    fake.waiting.push(systemError('ENOBUFS'));
    expect((await ipvs.apply([add, remove])).map((f) => f?.code ?? null)).toEqual(['no-answer', null]);
    fake.reply = (request) => (request.type === N.GENL_ID_CTRL ? healthy(request) : []);
    expect(await ipvs.apply([add])).toMatchObject([{ code: 'no-answer', detail: expect.stringContaining('lost') }]);
  });

  test('a socket that fails is closed, and the next call opens another', async () => {
    const { fake, ipvs } = kernel();
    await ipvs.dump();
    const fine = fake.reply;
    fake.reply = () => {
      throw systemError('ETIMEDOUT');
    };
    expect(await ipvs.apply([add])).toMatchObject([{ what: 'ipvs.addService', code: 'ETIMEDOUT' }]);
    fake.reply = fine;
    expect(codeOf(await ipvs.dump())).toBe('fine');
    expect([fake.opened, fake.closed]).toEqual([2, 1]);
  });

  test('whatever the kernel answers, a call ends with a table or a failure', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 80 })),
        fc.integer({ min: 0, max: 40 }),
        async (noise, type) => {
          const { ipvs } = kernel((request) =>
            request.type === N.GENL_ID_CTRL
              ? null
              : [...noise.map((bytes) => message(type, 0, request.sequence, bytes)), done(request)],
          );
          const answer = await ipvs.dump();
          expect('code' in answer || Array.isArray(answer)).toBe(true);
          expect((await ipvs.apply([add, remove])).length).toBe(2);
        },
      ),
    );
  });
});

test('an errno has the name of the manual pages', () => {
  expect([1, 2, 3, 11, 17, 34, 95, 9999].map(errnoName)).toEqual([
    'EPERM',
    'ENOENT',
    'ESRCH',
    'EAGAIN',
    'EEXIST',
    'ERANGE',
    'EOPNOTSUPP',
    'E9999',
  ]);
});
