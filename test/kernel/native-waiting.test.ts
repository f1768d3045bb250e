import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { native } from '../../src/kernel/native.js';
import { alone, bound, eachCleanedUp, forget, thrown } from './support/native.js';

eachCleanedUp();

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
    forget(two.fd);
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
