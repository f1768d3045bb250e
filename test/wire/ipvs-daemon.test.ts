import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ip } from '../../src/values/ip.js';
import * as C from '../../src/wire/ipvs-constants.js';
import {
  decodeDaemon,
  encodeDumpDaemons,
  encodeStartDaemon,
  encodeStopDaemon,
  type WireDaemon,
} from '../../src/wire/ipvs-daemon.js';
import { decodeMessages, LITTLE_ENDIAN, type NetlinkMessage, NetlinkWriter } from '../../src/wire/netlink.js';
import { daemon } from '../contract/sync-daemon.js';

const to = { family: 0x1e, sequence: 9 };

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

const sent = (d: WireDaemon) => decodeDaemon(only(written((w) => encodeStartDaemon(w, to, d))));

describe.runIf(LITTLE_ENDIAN)('bytes on the wire', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const header = (length: string, flags: string, command: string) =>
    `${length}0000001e00${flags}0900000000000000${command}010000`;

  test('NEW_DAEMON: the port in host order, the group in network order', () => {
    const bytes = written((w) => encodeStartDaemon(w, to, daemon('master', { maxlen: 1472 })));
    const nest =
      '08000100' +
      '01000000' + // master
      '09000200' +
      '6574683100000000' + // eth1
      '08000300' +
      '32000000' + // id
      '06000400' +
      'c0050000' + // maxlen
      '08000500' +
      'e0000051' + // group
      '06000700' +
      '90220000' + // port
      '05000800' +
      '01000000'; // ttl
    expect(hex(bytes)).toBe(`${header('54', '0100', '09')}40000380${nest}`);
  });

  test('DEL_DAEMON names the role alone', () => {
    const bytes = written((w) => encodeStopDaemon(w, to, 'backup'));
    expect(hex(bytes)).toBe(`${header('20', '0100', '0a')}0c0003800800010002000000`);
  });

  test('GET_DAEMON is a dump', () => {
    expect(hex(written((w) => encodeDumpDaemons(w, to)))).toBe(header('14', '0103', '0b'));
  });
});

test('what is encoded is decoded the same, in both families', () => {
  const daemons = fc.record({
    role: fc.constantFrom('master' as const, 'backup' as const),
    interface: fc.stringMatching(/^[a-z][a-z0-9]{0,14}$/),
    id: fc.integer({ min: 0, max: 255 }),
    group: fc.constantFrom('224.0.0.81' as Ip, '239.255.255.255' as Ip, 'ff02::81' as Ip),
    port: fc.integer({ min: 1, max: 65_535 }),
    ttl: fc.integer({ min: 1, max: 255 }),
    maxlen: fc.option(fc.integer({ min: 1, max: 65_507 })),
  });
  fc.assert(
    fc.property(daemons, (d) => {
      expect(sent(d)).toEqual({ kind: 'ours', value: d });
    }),
  );
});

test('a kernel before 4.3 tells no group, port and TTL: they are what it has built in', () => {
  const message = written((w) => {
    w.begin(to.family, 0, to.sequence, C.IPVS_CMD_NEW_DAEMON, 1);
    const nest = w.openNest(C.IPVS_CMD_ATTR_DAEMON);
    w.u32(C.IPVS_DAEMON_ATTR_STATE, C.IP_VS_STATE_BACKUP);
    w.string(C.IPVS_DAEMON_ATTR_MCAST_IFN, 'eth1');
    w.u32(C.IPVS_DAEMON_ATTR_SYNC_ID, 50);
    w.closeNest(nest);
    w.end();
  });
  expect(decodeDaemon(only(message))).toEqual({ kind: 'ours', value: daemon('backup') });
});

test('whatever the bytes, decoding ends with a daemon or says which part is missing', () => {
  const whole = written((w) => encodeStartDaemon(w, to, daemon('master', { maxlen: 1472 })));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, length) => {
      const bytes = whole.slice();
      bytes[at] = value;
      for (const message of decodeMessages(bytes.slice(0, length)).messages) {
        const decoded = decodeDaemon(message);
        if (decoded.kind === 'damaged') expect(decoded.why).toMatch(/daemon|NEW_DAEMON/i);
      }
    }),
  );
});
