import { execFileSync } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Native, native } from '../../src/kernel/native.js';
import {
  AF_INET,
  AF_UNIX,
  alone,
  bound,
  directory,
  eachCleanedUp,
  SOCK_DGRAM,
  socket,
  thrown,
} from './support/native.js';

eachCleanedUp();

describe('sockets', () => {
  it('carry bytes, and tell from where', () => {
    const [one, two] = [bound(), bound()];
    expect(native.send(one.fd, Buffer.from('hello'), two.address)).toBe(5);
    const [into, from] = [new Uint8Array(16), new Uint8Array(16)];
    expect(native.receive(two.fd, into, from, null)).toBe(5);
    expect(Buffer.from(into.subarray(0, 5)).toString()).toBe('hello');
    expect(from).toEqual(one.address);
    expect(native.receive(two.fd, into, from, null)).toBe(-1);
  });

  it('send many equal datagrams in one call, as far as the kernel takes them', () => {
    const [one, two] = [bound(), bound()];
    native.setOption(two.fd, 1, 8, 1 << 20);
    const data = Buffer.alloc(4 * 700, 'abcd');
    expect(native.sendMany(one.fd, data, 4, 700, two.address)).toBe(700);
    const into = new Uint8Array(8);
    let count = 0;
    while (native.receive(two.fd, into, null, null) === 4) count += 1;
    expect(count).toBe(700);
  });

  it('give raw control messages with their length in front (SO_TIMESTAMPNS)', () => {
    const [one, two] = [bound(), bound()];
    native.setOption(two.fd, 1, 35, 1);
    native.send(one.fd, new Uint8Array(1), two.address);
    const control = new Uint8Array(256);
    native.receive(two.fd, new Uint8Array(8), null, control);
    const words = new Uint32Array(control.buffer);
    expect(words[0]).toBe(32);
    const seconds = new DataView(control.buffer).getBigUint64(4 + 16, true);
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(5);
  });

  it('have options, given as a number or as bytes', () => {
    const fd = socket(AF_INET, SOCK_DGRAM);
    native.setOption(fd, 0, 1, 0xc0);
    expect([...native.getOption(fd, 0, 1, 4)]).toEqual([0xc0, 0, 0, 0]);
    native.setOption(fd, 0, 1, Uint8Array.from([0x20, 0, 0, 0]));
    expect([...native.getOption(fd, 0, 1, 4)]).toEqual([0x20, 0, 0, 0]);
  });

  it('are close-on-exec', () => {
    const fd = socket(AF_INET, SOCK_DGRAM);
    const seen = execFileSync('ls', ['/proc/self/fd'], { encoding: 'utf8' }).split('\n');
    expect(seen).not.toContain(String(fd));
  });

  it('have credentials of who is at the other end', async () => {
    const path = join(directory, 'peer');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const client = connect(path);
    const accepted = await new Promise<Socket>((resolve) => server.once('connection', resolve));
    const fd = (accepted as unknown as { _handle: { fd: number } })._handle.fd;
    expect(native.peerCredentials(fd)).toEqual({ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
    client.destroy();
    accepted.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('errors', () => {
  it.each<[string, string, number, (n: Native) => unknown]>([
    ['close', 'EBADF', 9, (n) => n.close(999_999)],
    ['socket', 'EAFNOSUPPORT', 97, (n) => n.socket(200, 2, 0)],
    ['setsockopt', 'EBADF', 9, (n) => n.setOption(999_999, 1, 2, 1)],
    ['bind', 'EINVAL', 22, (n) => n.bind(0, new Uint8Array(4096))],
    ['poll', 'EBADF', 9, (n) => n.poll(999_999, () => {})],
    ['sendto', 'ENOENT', 2, (n) => n.datagram('/nowhere/at/all', new Uint8Array(1))],
  ])('of %s are an Error with code %s, errno %i and the call', (syscall, code, errno, action) => {
    const error = thrown(() => action(native));
    expect(error).toBeInstanceOf(Error);
    expect({ code: error.code, errno: error.errno, syscall: error.syscall }).toEqual({ code, errno, syscall });
    expect(error.message).toContain(code);
  });

  it('of wrong arguments are TypeErrors that name the argument, for every function and any nonsense', () => {
    const nonsense = [
      undefined,
      null,
      -1,
      1.5,
      Number.NaN,
      Infinity,
      2 ** 40,
      'x',
      {},
      [],
      Symbol('s'),
      3n,
      new Uint16Array(3),
      () => {},
    ];
    const harmless = ['now', 'worker', 'closeOnExecAll', 'renounceRealtime', 'clearAmbientCapabilities'];
    const functions = Object.entries(native).filter(([name]) => !harmless.includes(name));
    expect(functions.length).toBeGreaterThan(14);
    for (const [name, run] of functions) {
      expect(() => run(), name).toThrow(/ must be /);
      for (const first of nonsense) {
        for (const second of [Symbol('s'), 1e300]) {
          const result = thrown(() => {
            const made = run(first, second, second, second, second);
            made?.close?.();
            if (['interfaceIndex', 'timer', 'beats'].includes(name))
              throw new TypeError('fine: the first argument was right');
          });
          expect(result, `${name}(${String(first)})`).toBeInstanceOf(TypeError);
        }
      }
    }
  });

  it('of interface names are none: what does not exist has index 0', () => {
    expect(native.interfaceIndex('lo')).toBe(1);
    for (const name of ['nowhere0', '', 'x'.repeat(200), 'lo\0']) expect(native.interfaceIndex(name)).toBe(0);
  });
});

describe('the notify datagram', () => {
  it.each([
    ['a path', (name: string) => name],
    ['an abstract name', (name: string) => `@${name}`],
  ])('reaches %s', (_, named) => {
    const path = named(join(directory, 'notify'));
    const fd = socket(AF_UNIX, SOCK_DGRAM);
    native.bind(fd, Uint8Array.from([1, 0, ...Buffer.from(path.replace('@', '\0'))]));
    native.datagram(path, Buffer.from('READY=1'));
    const into = new Uint8Array(64);
    expect(native.receive(fd, into, null, null)).toBe(7);
    expect(Buffer.from(into.subarray(0, 7)).toString()).toBe('READY=1');
  });

  it('of a path that does not fit is refused', () => {
    expect(() => native.datagram('x'.repeat(200), new Uint8Array(1))).toThrow(
      'path must be a string of at most 108 bytes',
    );
  });
});

describe('the process', { timeout: 60_000 }, () => {
  it('can mark all descriptors close-on-exec and clear its ambient capabilities', () => {
    const done = alone(`
      n.closeOnExecAll(); n.clearAmbientCapabilities();
      console.log(/CapAmb:\\s*0+\\n/.test(require('node:fs').readFileSync('/proc/self/status', 'utf8')));`);
    expect(done).toMatchObject({ status: 0, out: 'true\n' });
  });
});
