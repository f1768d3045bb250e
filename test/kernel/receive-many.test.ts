import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { native } from '../../src/kernel/native.js';

const [AF_INET, SOCK_DGRAM] = [2, 2];
const [SOL_SOCKET, SO_TIMESTAMPNS] = [1, 35];
const LOOPBACK = Uint8Array.from([2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);

let fd: number;
let address: Uint8Array;
beforeEach(() => {
  fd = native.socket(AF_INET, SOCK_DGRAM, 0);
  native.bind(fd, LOOPBACK);
  address = native.localAddress(fd);
});
afterEach(() => native.close(fd));

const send = (text: string): number => native.send(fd, Buffer.from(text), address);
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('many datagrams at once', () => {
  it('come in their order, each with its length, sender and control messages', () => {
    native.setOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    for (const text of ['one', 'two', 'three', 'four']) send(text);
    const [into, lengths] = [new Uint8Array(3 * 8), new Uint32Array(3)];
    const [from, control] = [new Uint8Array(3 * 16), new Uint8Array(3 * 64)];
    const receive = (most: number): number =>
      native.receiveMany(fd, most, into, new Uint8Array(lengths.buffer), from, control);
    expect(receive(9)).toBe(3);
    const text = (i: number): string => Buffer.from(into.subarray(8 * i, 8 * i + (lengths[i] ?? 0))).toString();
    expect([text(0), text(1), text(2)]).toEqual(['one', 'two', 'three']);
    for (const i of [0, 1, 2]) {
      expect(from.subarray(16 * i, 16 * (i + 1))).toEqual(address);
      const age = native.age(control.subarray(64 * i, 64 * (i + 1)));
      expect(age).toBeGreaterThanOrEqual(0);
      expect(age).toBeLessThan(1e6);
    }
    expect([receive(0), receive(1), text(0), receive(1)]).toEqual([0, 1, 'four', 0]);
  });

  it('are cut off where they are longer than their part, and the next is whole', () => {
    send('a long one');
    send('short');
    const [into, lengths] = [new Uint8Array(2 * 6), new Uint32Array(2)];
    expect(native.receiveMany(fd, 2, into, new Uint8Array(lengths.buffer), null, null)).toBe(2);
    expect([...lengths]).toEqual([6, 5]);
    expect(Buffer.from(into.subarray(0, 11)).toString()).toBe('a longshort');
  });

  it('need room for 1 to 64 lengths, and for the length of control messages', () => {
    const some = new Uint8Array(64);
    for (const bytes of [0, 3, 65 * 4]) {
      expect(() => native.receiveMany(fd, 1, some, new Uint8Array(bytes), null, null)).toThrow(TypeError);
    }
    expect(() => native.receiveMany(fd, 1, some, new Uint8Array(8), null, new Uint8Array(7))).toThrow(TypeError);
    expect(() => native.receiveMany(fd, -1, some, new Uint8Array(8), null, null)).toThrow(TypeError);
    native.close(fd);
    expect(() => native.receiveMany(fd, 1, some, new Uint8Array(8), null, null)).toThrow(/EBADF|recvmmsg/);
    fd = native.socket(AF_INET, SOCK_DGRAM, 0);
  });

  it('wake nobody while the watch rests, and at once when it goes on', async () => {
    let calls = 0;
    const byte = new Uint8Array(1);
    const poll = native.poll(fd, () => {
      calls += 1;
      native.receive(fd, byte, null, null);
    });
    poll.pause();
    poll.pause();
    send('x');
    await turn();
    expect(calls).toBe(0);
    poll.resume();
    await turn();
    expect(calls).toBe(1);
    poll.close();
    poll.pause();
    poll.resume();
    send('y');
    await turn();
    expect(calls).toBe(1);
  });
});
