import type { Native } from '../../src/kernel/native.js';
import { decodeMessages, LITTLE_ENDIAN, type NetlinkMessage } from '../../src/wire/netlink.js';

/** What a fake kernel says to one request: some messages, in order. */
export type Reply = (request: NetlinkMessage) => readonly Uint8Array[];

/** One netlink message. */
export function message(type: number, flags: number, sequence: number, payload: Uint8Array | number[]): Uint8Array {
  const bytes = new Uint8Array((16 + payload.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16 + payload.length, LITTLE_ENDIAN);
  view.setUint16(4, type, LITTLE_ENDIAN);
  view.setUint16(6, flags, LITTLE_ENDIAN);
  view.setUint32(8, sequence, LITTLE_ENDIAN);
  bytes.set(payload, 16);
  return bytes;
}

/** An i32, as the payload of NLMSG_ERROR and NLMSG_DONE begins. */
export function i32(value: number, then = 0): Uint8Array {
  const bytes = new Uint8Array(4 + then);
  new DataView(bytes.buffer).setInt32(0, value, LITTLE_ENDIAN);
  return bytes;
}

export const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

export const systemError = (code: string): Error => Object.assign(new Error(code), { code, errno: 1, syscall: 'recv' });

/** The netlink part of the addon with a kernel that a test scripts; each socket that it opens is counted. */
export class FakeNetlink {
  opened = 0;
  closed = 0;
  /** Answers that the kernel still has in the socket after a transaction. */
  waiting: (Uint8Array | Error)[] = [];
  /** Who sent what waits: 0 is the kernel. */
  sender = 0;
  reply: Reply;

  constructor(reply: Reply) {
    this.reply = reply;
  }

  get native(): Native {
    const calls: Partial<Native> = {
      socket: () => {
        this.opened += 1;
        return 100 + this.opened;
      },
      close: () => {
        this.closed += 1;
      },
      bind: () => {},
      setOption: () => {
        throw systemError('ENOPROTOOPT');
      },
      receive: (_fd, into, address) => {
        const next = this.waiting.shift();
        if (next === undefined) return -1;
        if (next instanceof Error) throw next;
        into.set(next);
        if (address !== null) new DataView(address.buffer).setUint32(4, this.sender, LITTLE_ENDIAN);
        return next.length;
      },
      transact: async (_fd, request) => join(decodeMessages(request).messages.flatMap(this.reply)),
    };
    return calls as Native;
  }
}
