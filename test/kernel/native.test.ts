import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Native, type NativeWorker, native, type SystemError } from '../../src/kernel/native.js';

const [AF_UNIX, AF_INET, AF_NETLINK] = [1, 2, 16];
const [SOCK_DGRAM, SOCK_RAW] = [2, 3];
const LOOPBACK = [2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];

let directory: string;
let opened: number[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'directord-native-'));
  opened = [];
});
afterEach(() => {
  for (const fd of opened) native.close(fd);
  rmSync(directory, { recursive: true });
});

function socket(domain: number, type: number, protocol = 0): number {
  const fd = native.socket(domain, type, protocol);
  opened.push(fd);
  return fd;
}

function thrown(action: () => unknown): SystemError {
  try {
    action();
  } catch (error) {
    return error as SystemError;
  }
  throw new Error('nothing was thrown');
}

/** A UDP socket on the loopback. */
function bound(): { fd: number; address: Uint8Array } {
  const fd = socket(AF_INET, SOCK_DGRAM);
  native.bind(fd, Uint8Array.from(LOOPBACK));
  return { fd, address: native.localAddress(fd) };
}

/** One netlink request in the host's order. */
function request(type: number, flags: number, sequence: number, body: Uint8Array): Buffer {
  const header = new ArrayBuffer(16);
  new Uint32Array(header).set([16 + body.length, 0, sequence, 0]);
  new Uint16Array(header).set([type, flags], 2);
  return Buffer.concat([Buffer.from(header), body]);
}

/** `node -e` with the addon as `n`, for what would end a process. */
function alone(script: string): { status: number | null; out: string; err: string } {
  const addon = fileURLToPath(new URL('../../native/build/directord.node', import.meta.url));
  const done = spawnSync(
    process.execPath,
    ['--expose-gc', '-e', `const n = require(${JSON.stringify(addon)}); ${script}`],
    {
      encoding: 'utf8',
      timeout: 20_000,
    },
  );
  return { status: done.status, out: done.stdout, err: done.stderr };
}

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

describe('poll', { timeout: 60_000 }, () => {
  it('calls back while something waits, and no more once it is closed, however often', async () => {
    const [one, two] = [bound(), bound()];
    let calls = 0;
    await new Promise<void>((resolve) => {
      const poll = native.poll(two.fd, (errno) => {
        expect(errno).toBe(0);
        calls += 1;
        if (calls < 3) return;
        poll.close();
        poll.close();
        resolve();
      });
      native.send(one.fd, new Uint8Array(1), two.address);
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls).toBe(3);
  });

  it("reports the descriptor's pending error and goes on", async () => {
    const [one, two] = [bound(), bound()];
    const to = two.address;
    // With IP_RECVERR it learns that nobody listens: ECONNREFUSED, as an error on the descriptor.
    const client = one.fd;
    native.setOption(client, 0, 11, 1);
    native.close(two.fd);
    opened = opened.filter((fd) => fd !== two.fd);
    const seen: number[] = [];
    const poll = native.poll(client, (errno) => seen.push(errno));
    native.send(client, new Uint8Array(1), to);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = seen.length;
    expect(seen).toContain(111);
    native.send(client, new Uint8Array(1), one.address);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.length).toBeGreaterThan(before);
    poll.close();
  });

  it('keeps its descriptor from being closed under it, which would end the process', () => {
    const { fd } = bound();
    const poll = native.poll(fd, () => {});
    expect(thrown(() => native.close(fd)).code).toBe('EBUSY');
    expect(thrown(() => native.poll(fd, () => {})).code).toBe('EEXIST');
    poll.close();
  });

  it('refuses to be closed as something that it is not', () => {
    const { fd } = bound();
    const poll = native.poll(fd, () => {});
    expect(() => poll.close.call({} as never)).toThrow(TypeError);
    poll.close();
  });

  it('loses no exception of its callback, and survives one that is handled', () => {
    const script = (handled: boolean): string => `
      ${handled ? "process.on('uncaughtException', (e) => console.log('handled', e.message));" : ''}
      let fired = 0;
      const t = n.timer(() => { if (++fired === 2) { t.close(); console.log('again'); return; } t.arm(0); throw new Error('thrown inside'); });
      t.arm(0);`;
    expect(alone(script(true))).toMatchObject({ status: 0, out: 'handled thrown inside\nagain\n' });
    const ended = alone(script(false));
    expect(ended.status).toBe(1);
    expect(ended.err).toContain('Error: thrown inside');
  });

  it('runs what the callback left to microtasks and nextTick before the next event', () => {
    const done = alone(
      `const t = n.timer(() => { t.close(); process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('micro')); setImmediate(() => console.log('immediate')); }); t.arm(0);`,
    );
    expect(done).toMatchObject({ status: 0, out: 'tick\nmicro\nimmediate\n' });
  });

  it('and timers end with the process, or with their worker, without harm', () => {
    const exit = alone(
      `const t = n.timer(() => process.exit(7)); const s = n.socket(2, 2, 0); n.poll(s, () => {}); t.arm(n.now() + 20000);`,
    );
    expect(exit).toMatchObject({ status: 7, err: '' });
    const worker = alone(`
      const { Worker } = require('node:worker_threads');
      const addon = Object.keys(require.cache).find((k) => k.endsWith('directord.node'));
      const w = new Worker('const n = require(' + JSON.stringify(addon) + '); const t = n.timer(() => t.arm(n.now() + 1000)); t.arm(0);', { eval: true });
      setTimeout(() => w.terminate().then(() => console.log('ended')), 200);`);
    expect(worker).toMatchObject({ status: 0, out: 'ended\n' });
  });

  it('and timers by the ten thousand leave no memory behind', () => {
    const done = alone(`
      const round = async () => { for (let i = 0; i < 5000; i++) { n.timer(() => {}).close(); if (i % 100 === 0) await new Promise(setImmediate); } gc(); };
      (async () => { await round(); await round(); const before = process.memoryUsage().rss; for (let i = 0; i < 4; i++) await round();
        console.log(Math.round((process.memoryUsage().rss - before) / 2 ** 20)); })();`);
    expect(Number(done.out)).toBeLessThan(16);
  });
});

describe('timers', () => {
  it('never fire early, and fire within milliseconds', async () => {
    const late: number[] = [];
    await new Promise<void>((resolve) => {
      let due = native.now() + 2_000;
      const timer = native.timer(() => {
        late.push(native.now() - due);
        due += 2_000;
        if (late.length < 100) return timer.arm(due);
        timer.close();
        resolve();
      });
      timer.arm(due);
    });
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    late.sort((x, y) => x - y);
    expect(late[50]).toBeLessThan(5_000);
  });

  it('fire on the next turn for a time in the past, never from within arm', async () => {
    for (const at of [0, -5, 1, native.now() - 1e6]) {
      await new Promise<void>((resolve) => {
        let armed = false;
        const timer = native.timer(() => {
          expect(armed).toBe(true);
          timer.close();
          resolve();
        });
        timer.arm(at);
        armed = true;
      });
    }
  });

  it('fire only for what was armed last, not at all once disarmed, and refuse to be armed once closed', async () => {
    let fired = 0;
    const timer = native.timer(() => {
      fired += 1;
    });
    timer.arm(0);
    timer.arm(native.now() + 30_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(fired).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(fired).toBe(1);
    timer.arm(native.now() + 5_000);
    timer.disarm();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fired).toBe(1);
    for (const never of [Number.NaN, Infinity, undefined]) expect(() => timer.arm(never as number)).toThrow(TypeError);
    timer.arm(1e300);
    timer.close();
    timer.close();
    expect(thrown(() => timer.arm(1)).code).toBe('EBADF');
  });

  it('count microseconds of CLOCK_MONOTONIC', async () => {
    // Each reading of ours stands between two of theirs: whatever comes in between, of a busy machine too, is allowed for.
    const read = () => [performance.now(), native.now() / 1_000, performance.now()] as const;
    const first = read();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const second = read();
    const passed = second[1] - first[1];
    expect(passed).toBeGreaterThan(second[0] - first[2] - 0.01);
    expect(passed).toBeLessThan(second[2] - first[0] + 0.01);
    expect(Number.isInteger(native.now())).toBe(true);
  });
});

describe('the age of a packet', () => {
  const [SOL_SOCKET, SO_TIMESTAMPNS] = [1, 35];

  it('is counted from when the kernel took it in, not from when it is read', async () => {
    const [one, two] = [bound(), bound()];
    native.setOption(two.fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    const [into, control] = [new Uint8Array(16), new Uint8Array(128)];
    let age = 0;
    // The first socket of a machine that wants stamps makes the kernel begin with them a moment later (net/core/dev.c).
    for (let attempt = 0; attempt < 20 && age < 45_000; attempt += 1) {
      native.send(one.fd, Buffer.from('hello'), two.address);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(native.receive(two.fd, into, null, control)).toBe(5);
      age = native.age(control);
    }
    expect(age).toBeGreaterThan(45_000);
    expect(age).toBeLessThan(5_000_000);
  });

  it('is unknown without a stamp, and for any nonsense', () => {
    const [one, two] = [bound(), bound()];
    const [into, control] = [new Uint8Array(16), new Uint8Array(64)];
    native.send(one.fd, Buffer.from('hello'), two.address);
    native.receive(two.fd, into, null, control);
    expect(native.age(control)).toBe(-1);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 80 }), (bytes) => {
        expect(Number.isNaN(native.age(bytes))).toBe(false);
      }),
    );
    // A header whose length runs over what is there, and the longest that can be.
    for (const length of [0, 15, 16, 24, 32, 0xffff_ffff]) {
      const control = new Uint8Array(4 + 32);
      new DataView(control.buffer).setUint32(0, 32, true);
      new DataView(control.buffer).setUint32(4, length, true);
      new DataView(control.buffer).setUint32(12, SOL_SOCKET, true);
      new DataView(control.buffer).setUint32(16, SO_TIMESTAMPNS, true);
      expect(native.age(control) === -1).toBe(length !== 32);
    }
  });
});

describe('transact', { timeout: 60_000 }, () => {
  const RTM_GETLINK = 18;
  const REQUEST_ACK = 0x5;
  const REQUEST_DUMP = 0x301;
  /** No interface has this index: the kernel answers ENODEV. */
  const nobody = (sequence: number): Buffer =>
    request(RTM_GETLINK, REQUEST_ACK, sequence, new Uint8Array(new Int32Array([0, 0x7fff_fff0, 0, 0]).buffer));

  function netlink(): number {
    const fd = socket(AF_NETLINK, SOCK_RAW, 0);
    native.bind(fd, Uint8Array.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    return fd;
  }

  it('gathers a dump to its end', async () => {
    const answer = await native.transact(
      netlink(),
      request(RTM_GETLINK, REQUEST_DUMP, 1, new Uint8Array(16)),
      1,
      5_000,
    );
    expect(Buffer.from(answer).includes('lo\0')).toBe(true);
  });

  it('gathers the answers to ten thousand requests in one datagram, more than the socket holds', async () => {
    const count = 10_000;
    const answer = await native.transact(
      netlink(),
      Buffer.concat(Array.from({ length: count }, (_, i) => nobody(i + 1))),
      count,
      20_000,
    );
    const view = new DataView(answer.buffer);
    const sequences = new Set<number>();
    for (let at = 0; at < answer.length; at += (view.getUint32(at, true) + 3) & ~3) {
      expect(view.getUint16(at + 4, true)).toBe(2);
      expect(view.getInt32(at + 16, true)).toBe(-19);
      sequences.add(view.getUint32(at + 8, true));
    }
    expect(sequences.size).toBe(count);
  });

  it('works on a blocking descriptor too, and is not disturbed when the caller closes his', async () => {
    const fd = native.socket(AF_NETLINK, SOCK_RAW, 0);
    native.bind(fd, Uint8Array.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    const pending = native.transact(fd, nobody(1), 1, 5_000);
    native.close(fd);
    expect((await pending).length).toBeGreaterThanOrEqual(36);
  });

  it('gives up after its time with ETIMEDOUT, off the event loop', async () => {
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 5);
    const error = await native.transact(netlink(), nobody(1), 2, 150).catch((e: SystemError) => e);
    clearInterval(ticking);
    expect(error).toMatchObject({ code: 'ETIMEDOUT', errno: 110, syscall: 'recv' });
    expect(turns).toBeGreaterThan(10);
  });

  it('takes a late answer to an earlier request for nobody’s', async () => {
    const fd = netlink();
    // Answered, but not waited for.
    native.send(fd, nobody(7), null);
    const answer = await native.transact(fd, nobody(8), 1, 5_000);
    expect(new DataView(answer.buffer).getUint32(8, true)).toBe(8);
  });

  describe('on a thread of its own', () => {
    let worker: NativeWorker;
    beforeEach(() => {
      worker = native.worker();
    });
    afterEach(() => worker.close());
    const sequenceOf = (answer: Uint8Array): number => new DataView(answer.buffer).getUint32(8, true);

    it('answers one after another, awake or not', async () => {
      const fd = netlink();
      for (const ahead of [0, 3_000, 1e12, -1, 0]) {
        worker.alert(native.now() + ahead);
        const answers = await Promise.all([1, 2, 3].map((n) => worker.transact(fd, nobody(n), 1, 5_000)));
        expect(answers.map(({ answer }) => sequenceOf(answer))).toEqual([1, 2, 3]);
      }
    });

    describe('with frames to send', () => {
      const GRANTED = request(RTM_GETLINK, REQUEST_ACK, 1, new Uint8Array(new Int32Array([0, 1, 0, 0]).buffer));
      const text = Buffer.from('here');
      const ask = async (asked: Uint8Array, until: number, many = 2, over: Uint8Array | null = null) => {
        const [from, to] = [bound(), bound()];
        const frames = Array.from({ length: many }, () => [from.fd, text, over ?? to.address] as const);
        const { sent } = await worker.transact(netlink(), asked, 1, 5_000, frames, until);
        const into = new Uint8Array(16);
        let came = 0;
        while (native.receive(to.fd, into, null, null) === text.length) came += 1;
        return { sent, came };
      };

      it('sends them when the kernel has granted all', async () => {
        worker.alert(native.now() + 3_000);
        expect(await ask(GRANTED, native.now() + 5e6)).toEqual({ sent: 2, came: 2 });
        expect(await ask(GRANTED, native.now() + 5e6, 0)).toEqual({ sent: 0, came: 0 });
      });

      it('sends none when it has refused, or when it is too late', async () => {
        expect(await ask(nobody(1), native.now() + 5e6)).toEqual({ sent: 0, came: 0 });
        expect(await ask(GRANTED, native.now() - 1)).toEqual({ sent: 0, came: 0 });
      });

      it('stops at the first that is refused, and says how many went out', async () => {
        expect(await ask(GRANTED, native.now() + 5e6, 2, Uint8Array.of(2, 0))).toEqual({ sent: 0, came: 0 });
      });

      it('refuses what are no frames, and keeps no descriptor', async () => {
        const fd = netlink();
        const { address } = bound();
        const transact = (frames: unknown) => worker.transact(fd, GRANTED, 1, 5_000, frames as never, 0);
        expect(() => transact(7)).toThrow('frames must be an array of at most 64');
        expect(() => transact([[fd, text, address], 7])).toThrow('fd must be');
        expect(() => transact([[-1, text, address]])).toThrow('fd must be');
        expect(() => transact([[fd, new Uint8Array(257), address]])).toThrow('frame must be at most 256 bytes');
        expect(() => transact(Array.from({ length: 65 }, () => [fd, text, address]))).toThrow('at most 64');
        expect(() => transact([[9_999, text, address]])).toThrow('EBADF');
        expect((await worker.transact(fd, GRANTED, 1, 5_000, null)).sent).toBe(0);
      });
    });

    it('tells of what fails, and goes on', async () => {
      const fd = netlink();
      const error = await worker.transact(fd, nobody(1), 2, 100).catch((e: SystemError) => e);
      expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'recv' });
      expect(sequenceOf((await worker.transact(fd, nobody(2), 1, 5_000)).answer)).toBe(2);
      expect(() => worker.transact(fd, new Uint8Array(3), 1, 1)).toThrow('request must be one or more whole');
      expect(() => worker.transact(-1, nobody(1), 1, 1)).toThrow('fd must be');
    });

    it('does nothing once closed, twice too, also with work under way', async () => {
      const fd = netlink();
      void worker.transact(fd, nobody(1), 2, 200);
      worker.close();
      worker.close();
      worker.alert(native.now() + 1_000);
      expect(() => worker.transact(fd, nobody(1), 1, 1)).toThrow('EBADF');
      await new Promise((resolve) => setTimeout(resolve, 300));
    });

    it('sleeps when its moment is over', async () => {
      worker.alert(native.now() + 2_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const { user, system } = process.cpuUsage(before);
      expect(user + system).toBeLessThan(150_000);
    });
  });

  it('a thread without work lets its process end, and one with work does not', () => {
    expect(alone('n.worker(); n.worker().alert(n.now() + 5000); console.log("over")')).toMatchObject({
      status: 0,
      out: 'over\n',
    });
    const script = `
      const fd = n.socket(16, 3, 0);
      n.bind(fd, Uint8Array.from([16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
      const w = n.worker();
      const ask = Buffer.alloc(32);
      ask.writeUInt32LE(32, 0); ask.writeUInt16LE(18, 4); ask.writeUInt16LE(5, 6); ask.writeInt32LE(0x7ffffff0, 20);
      let left = 2000;
      const next = () => w.transact(fd, ask, 1, 1000).then(() => { if (--left > 0) next(); else console.log('answered'); });
      next();
      setTimeout(() => gc(), 5);`;
    expect(alone(script)).toMatchObject({ status: 0, out: 'answered\n' });
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['half a header', new Uint8Array(8)],
    ['a length below the header', Uint8Array.from([15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a length behind the end', Uint8Array.from([17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ])('refuses a request of %s', (_, bytes) => {
    const fd = netlink();
    expect(() => native.transact(fd, bytes, 1, 1000)).toThrow('request must be one or more whole netlink messages');
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
