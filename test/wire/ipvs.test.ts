import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN_SERVICE, plainServer } from '../../src/core/ipvs/table.js';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import {
  encodeDeleteServer,
  encodeDumpServers,
  encodePutServer,
  encodePutService,
  type WireServerSettings,
} from '../../src/wire/ipvs.js';
import * as C from '../../src/wire/ipvs-constants.js';
import { decodeServer, decodeService } from '../../src/wire/ipvs-dump.js';
import { decodeMessages, LITTLE_ENDIAN, type NetlinkMessage, NetlinkWriter } from '../../src/wire/netlink.js';

const to = { family: 0x1e, sequence: 9 };
const web = { protocol: 'tcp', address: '172.28.128.200' as Ipv4, port: 80 } as const;
const server = { address: '172.28.128.110' as Ipv4, port: 8080 };

function written(write: (w: NetlinkWriter) => void): Uint8Array {
  const w = new NetlinkWriter();
  write(w);
  return w.take();
}

function only(bytes: Uint8Array): NetlinkMessage {
  const [message] = decodeMessages(bytes).messages;
  if (message === undefined) throw new Error('no message');
  return message;
}

describe.runIf(LITTLE_ENDIAN)('bytes on the wire', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const header = (length: string, flags: string, command: string) =>
    `${length}0000001e00${flags}0900000000000000${command}010000`;
  const key =
    '06000100' +
    '02000000' + // family
    '06000200' +
    '06000000' + // protocol
    '14000300' +
    'ac1c80c8000000000000000000000000' + // address
    '06000400' +
    '00500000'; // port, network order
  const dest = '06000b00' + '02000000' + '14000100' + 'ac1c806e000000000000000000000000' + '06000200' + '1f900000';

  test('NEW_SERVICE', () => {
    const bytes = written((w) =>
      encodePutService(w, to, 'new', web, { ...PLAIN_SERVICE, scheduler: 'wrr', persistence: 30 }),
    );
    const settings =
      '08000600' +
      '77727200' + // scheduler
      '0c000700' +
      '01000000ffffffff' + // flags and mask: persistent
      '08000800' +
      '1e000000' + // timeout
      '08000900' +
      'ffffffff'; // netmask
    expect(hex(bytes)).toBe(`${header('68', '0100', '01')}54000180${key}${settings}`);
  });

  test('SET_DEST', () => {
    const bytes = written((w) => encodePutServer(w, to, 'set', web, server, plainServer('dr', 5)));
    const settings = '0800030003000000' + '0800040005000000' + '0800050000000000' + '0800060000000000';
    expect(hex(bytes)).toBe(`${header('8c', '0100', '06')}30000180${key}48000280${dest}${settings}`);
  });

  test('DEL_DEST', () => {
    const bytes = written((w) => encodeDeleteServer(w, to, web, server));
    expect(hex(bytes)).toBe(`${header('6c', '0100', '07')}30000180${key}28000280${dest}`);
  });

  test('GET_DEST, a dump', () => {
    const bytes = written((w) => encodeDumpServers(w, to, web));
    expect(hex(bytes)).toBe(`${header('44', '0103', '08')}30000180${key}`);
  });
});

const addresses = fc.integer({ min: 0, max: 0xffffffff }).map(ipv4FromNumber);
const ports = fc.integer({ min: 0, max: 65_535 });
const u32 = fc.integer({ min: 0, max: 0x7fffffff });

describe('there and back', () => {
  test('any service reads as it was written', () => {
    const services = fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      address: addresses,
      port: ports,
    });
    const settings = fc.record({
      scheduler: fc.stringMatching(/^[a-z_]{1,15}$/),
      hashFallback: fc.boolean(),
      hashPort: fc.boolean(),
      onePacket: fc.boolean(),
      persistence: u32,
      granularity: fc.constantFrom(null, 0, 1, 24, 31),
      engine: fc.constantFrom(null, 'sip'),
    });
    fc.assert(
      fc.property(services, settings, (key, settings) => {
        const decoded = decodeService(only(written((w) => encodePutService(w, to, 'new', key, settings))));
        expect(decoded).toMatchObject({ kind: 'ours', value: { key, settings } });
        expect(decoded).not.toHaveProperty('value.irregular');
      }),
    );
  });

  test('any server reads as it was written', () => {
    const forwards = fc.constantFrom<WireServerSettings['forward']>('masq', 'dr', 'tunnel');
    fc.assert(
      fc.property(fc.record({ address: addresses, port: ports }), forwards, u32, (key, forward, weight) => {
        const bytes = written((w) => encodePutServer(w, to, 'new', web, key, plainServer(forward, weight)));
        const decoded = decodeServer(only(bytes));
        expect(decoded).toMatchObject({ kind: 'ours', value: { key, forward, weight } });
        expect(decoded).not.toHaveProperty('value.irregular');
      }),
    );
  });
});

/** A service row as the kernel could send it, with what `more` adds or (equal types: the last counts) replaces. */
const serviceRow = (more: (w: NetlinkWriter) => void) =>
  decodeService(
    only(
      written((w) => {
        w.begin(to.family, 0, 1, C.IPVS_CMD_NEW_SERVICE, 1);
        const nest = w.openNest(C.IPVS_CMD_ATTR_SERVICE);
        w.u16(C.IPVS_SVC_ATTR_AF, C.AF_INET);
        w.u16(C.IPVS_SVC_ATTR_PROTOCOL, C.IPPROTO_UDP);
        w.room(C.IPVS_SVC_ATTR_ADDR, 16).set([10, 0, 0, 1]);
        w.be16(C.IPVS_SVC_ATTR_PORT, 53);
        w.string(C.IPVS_SVC_ATTR_SCHED_NAME, 'rr');
        w.u32Pair(C.IPVS_SVC_ATTR_FLAGS, C.IP_VS_SVC_F_HASHED, 0xffffffff);
        w.u32(C.IPVS_SVC_ATTR_TIMEOUT, 300);
        w.be32(C.IPVS_SVC_ATTR_NETMASK, 0xffffffff);
        more(w);
        w.closeNest(nest);
        w.end();
      }),
    ),
  );

describe('rows of a dump', () => {
  test('a timeout without the persistent flag is no persistence', () => {
    expect(serviceRow(() => {})).toMatchObject({ value: { settings: { persistence: 0 } } });
  });

  test('another protocol or family is foreign', () => {
    expect(serviceRow((w) => w.u16(C.IPVS_SVC_ATTR_PROTOCOL, 50))).toEqual({ kind: 'foreign' });
    expect(serviceRow((w) => w.u16(C.IPVS_SVC_ATTR_AF, 1))).toEqual({ kind: 'foreign' });
  });

  test('a mark counts before an address', () => {
    expect(serviceRow((w) => w.u32(C.IPVS_SVC_ATTR_FWMARK, 5))).toMatchObject({
      value: { key: { mark: 5, family: 4 } },
    });
  });

  test('a third scheduler flag or a mask with holes makes it irregular', () => {
    const irregular = { kind: 'ours', value: { irregular: true } };
    const third = C.IP_VS_SVC_F_HASHED | C.IP_VS_SVC_F_SCHED3;
    expect(serviceRow((w) => w.u32Pair(C.IPVS_SVC_ATTR_FLAGS, third, 0xffffffff))).toMatchObject(irregular);
    expect(serviceRow((w) => w.be32(C.IPVS_SVC_ATTR_NETMASK, 0xff00ff00))).toMatchObject(irregular);
  });

  test('the 64-bit counters count, and the older ones where there are no others', () => {
    const narrow = (w: NetlinkWriter) => {
      const nest = w.openNest(C.IPVS_SVC_ATTR_STATS);
      w.u32(C.IPVS_STATS_ATTR_CONNS, 1);
      w.u32Pair(C.IPVS_STATS_ATTR_INBYTES, LITTLE_ENDIAN ? 5 : 1, LITTLE_ENDIAN ? 1 : 5);
      w.closeNest(nest);
    };
    const wide = (w: NetlinkWriter) => {
      const nest = w.openNest(C.IPVS_SVC_ATTR_STATS64);
      w.u32Pair(C.IPVS_STATS_ATTR_CONNS, LITTLE_ENDIAN ? 7 : 2, LITTLE_ENDIAN ? 2 : 7);
      w.closeNest(nest);
    };
    expect(serviceRow(narrow)).toMatchObject({ value: { stats: { connections: 1, inBytes: 2 ** 32 + 5 } } });
    const both = serviceRow((w) => {
      narrow(w);
      wide(w);
    });
    expect(both).toMatchObject({ value: { stats: { connections: 2 * 2 ** 32 + 7, inBytes: 0 } } });
  });

  test('a row that was cut or changed anywhere is read, foreign or damaged, and never throws', () => {
    const row = written((w) => encodePutServer(w, to, 'new', web, server, plainServer('tunnel', 5)));
    const service = written((w) =>
      encodePutService(w, to, 'new', web, { ...PLAIN_SERVICE, scheduler: 'rr', persistence: 9 }),
    );
    const change = fc.tuple(fc.constantFrom(row, service), fc.nat(200), fc.nat(255), fc.nat(200));
    fc.assert(
      fc.property(change, ([original, at, value, length]) => {
        const bytes = original.slice(0, Math.max(20, length));
        if (at >= 4 && at < bytes.length) bytes[at] = value;
        new DataView(bytes.buffer).setUint32(0, bytes.length, LITTLE_ENDIAN);
        for (const decode of [decodeServer, decodeService]) {
          expect(['ours', 'foreign', 'damaged']).toContain(decode(only(bytes)).kind);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('what is missing is named', () => {
    expect(decodeServer(only(written((w) => encodeDumpServers(w, to, web))))).toEqual({
      kind: 'damaged',
      why: 'no NEW_DEST message',
    });
    const bare = written((w) => {
      w.begin(to.family, 0, 1, C.IPVS_CMD_NEW_DEST, 1);
      w.closeNest(w.openNest(C.IPVS_CMD_ATTR_DEST));
      w.end();
    });
    expect(decodeServer(only(bare))).toEqual({ kind: 'damaged', why: 'destination address or port' });
  });
});
