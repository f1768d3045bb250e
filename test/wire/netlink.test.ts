import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeVerdict, encodeGetFamily, genericAttributes } from '../../src/wire/generic-netlink.js';
import { decodeMessages, LITTLE_ENDIAN, NetlinkWriter } from '../../src/wire/netlink.js';
import * as N from '../../src/wire/netlink-constants.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('writing', () => {
  test.runIf(LITTLE_ENDIAN)('a request for a family is these bytes', () => {
    // u32 length, u16 type, u16 flags, u32 sequence, u32 port · u8 command, u8 version, u16 · u16 length, u16 type, text
    expect(hex(encodeGetFamily('IPVS', 7))).toBe(
      '20000000' +
        '1000' +
        '0500' +
        '07000000' +
        '00000000' +
        '03' +
        '01' +
        '0000' +
        '0900' +
        '0200' +
        '4950565300000000',
    );
  });

  test('every attribute is padded to 4 bytes, and nests and messages know their length', () => {
    const w = new NetlinkWriter(4);
    w.begin(30, N.NLM_F_REQUEST, 1, 5, 1);
    const nest = w.openNest(1);
    w.u16(1, 2);
    w.string(2, 'wrr');
    w.string(3, 'wlcx');
    w.closeNest(nest);
    w.end();
    const bytes = w.take();
    expect(bytes.length).toBe(16 + 4 + 4 + 8 + 8 + 12);
    const [message] = decodeMessages(bytes).messages;
    const inner = message && genericAttributes(message, 1).nested(1, 3);
    expect([inner?.u16(1), inner?.string(2), inner?.string(3)]).toEqual([2, 'wrr', 'wlcx']);
  });

  test('many messages lie in one buffer, each with its own sequence number', () => {
    const w = new NetlinkWriter(16);
    for (let i = 1; i <= 1000; i++) {
      w.begin(30, N.NLM_F_REQUEST, i, 5, 1);
      w.u32(1, i);
      w.end();
    }
    w.addFlags(N.NLM_F_ACK);
    const { messages, damaged } = decodeMessages(w.take());
    expect(damaged).toBe(false);
    expect(messages.map((m) => m.sequence)).toEqual(messages.map((m) => genericAttributes(m, 1).u32(1)));
    expect(messages.filter((m) => (m.flags & N.NLM_F_ACK) !== 0).map((m) => m.sequence)).toEqual([1000]);
  });
});

describe('reading what should not be', () => {
  const good = encodeGetFamily('IPVS', 7);

  test('a message that was cut short is damaged, and those before it are kept', () => {
    for (let cut = 1; cut < good.length; cut++) {
      const bytes = new Uint8Array([...good, ...good.slice(0, cut)]);
      const { messages, damaged } = decodeMessages(bytes);
      expect([messages.length, damaged]).toEqual([1, true]);
    }
  });

  test.each([0, 15, 0xffffffff])('a message that says it is %i bytes long ends the reading', (length) => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint32(0, length, LITTLE_ENDIAN);
    expect(decodeMessages(bytes)).toEqual({ messages: [], damaged: true });
  });

  test.each([0, 3, 0xffff])('an attribute that says it is %i bytes long ends its level', (length) => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint16(20, length, LITTLE_ENDIAN);
    const [message] = decodeMessages(bytes).messages;
    const attributes = message && genericAttributes(message, 2);
    expect([attributes?.damaged, attributes?.string(2)]).toEqual([true, null]);
  });

  test('an attribute that is too short for what is asked of it reads as absent', () => {
    const w = new NetlinkWriter();
    w.begin(30, 0, 1, 5, 1);
    w.u16(1, 7);
    w.end();
    const [message] = decodeMessages(w.take()).messages;
    const a = message && genericAttributes(message, 1);
    expect([a?.u16(1), a?.u32(1), a?.u64(1), a?.bytes(1, 3), a?.u16(9)]).toEqual([7, null, null, null, null]);
  });

  test('random bytes never throw, at any level', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, framed) => {
        const bytes = framed ? new Uint8Array([...new Uint8Array(16), ...noise]) : noise;
        if (framed) new DataView(bytes.buffer).setUint32(0, bytes.length, LITTLE_ENDIAN);
        if (framed) new DataView(bytes.buffer).setUint16(4, (noise[0] ?? 0) % 5, LITTLE_ENDIAN);
        if (framed) new DataView(bytes.buffer).setUint16(6, ((noise[1] ?? 0) % 4) << 8, LITTLE_ENDIAN);
        for (const message of decodeMessages(bytes).messages) {
          decodeVerdict(message);
          const a = genericAttributes(message, 3);
          for (let type = 0; type <= 4; type++) {
            a.u64(type);
            a.string(type);
            a.nested(type, 3)?.nested(1, 3)?.be32(2);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('verdicts', () => {
  /** A NLMSG_ERROR as the kernel writes it. */
  function errorMessage(errno: number, flags: number, rest: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(16 + 4 + rest.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, bytes.length, LITTLE_ENDIAN);
    view.setUint16(4, N.NLMSG_ERROR, LITTLE_ENDIAN);
    view.setUint16(6, flags, LITTLE_ENDIAN);
    view.setUint32(8, 7, LITTLE_ENDIAN);
    view.setInt32(16, -errno, LITTLE_ENDIAN);
    bytes.set(rest, 20);
    return bytes;
  }
  const verdictOf = (bytes: Uint8Array) => {
    const [message] = decodeMessages(bytes).messages;
    return message && decodeVerdict(message);
  };
  const request = encodeGetFamily('IPVS', 7);
  /** The sentence `no`, as an attribute. */
  const sentence = LITTLE_ENDIAN ? [7, 0, 1, 0, 110, 111, 0, 0] : [0, 7, 0, 1, 110, 111, 0, 0];

  test('an error of 0 is an acknowledgement', () => {
    expect(verdictOf(errorMessage(0, N.NLM_F_CAPPED, request.slice(0, 16)))).toEqual({ errno: 0, message: null });
  });

  test('the kernel’s sentence is read behind a capped and behind a whole request', () => {
    const capped = new Uint8Array([...request.slice(0, 16), ...sentence]);
    const whole = new Uint8Array([...request, ...sentence]);
    const flags = N.NLM_F_ACK_TLVS;
    expect(verdictOf(errorMessage(2, flags | N.NLM_F_CAPPED, capped))).toEqual({ errno: 2, message: 'no' });
    expect(verdictOf(errorMessage(2, flags, whole))).toEqual({ errno: 2, message: 'no' });
  });
});
