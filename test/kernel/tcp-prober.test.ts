import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { native } from '../../src/kernel/native.js';
import { TcpProber, type TryEnd } from '../../src/kernel/tcp-prober.js';
import type { Ip } from '../../src/values/ip.js';
import { type Duration, instant, micros, millis } from '../../src/values/time.js';
import { full } from '../probe/servers.js';

const LOOPBACK = '127.0.0.1' as Ip;
/** TEST-NET-1: nobody answers. Where this machine has no route to it, an answer comes all the same, and at once. */
const SILENT = '192.0.2.1' as Ip;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function prober(): TcpProber {
  const made = new TcpProber(native);
  ends.push(() => made.close());
  return made;
}

async function listener(host = '127.0.0.1', backlog?: number) {
  const errors: string[] = [];
  let accepted = 0;
  const server: Server = createServer((socket) => {
    accepted += 1;
    socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host, backlog }, resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as { port: number };
  return { port, errors, accepted: () => accepted };
}

const one = (by: TcpProber, address: Ip, port: number, timeout = millis(500), bind: Ip | null = null) =>
  new Promise<{ end: TryEnd; took: number }>((resolve) => {
    by.try({ address, port }, bind === null ? null : { bind, mark: null }, timeout, (end, took) =>
      resolve({ end, took }),
    );
  });

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a try of a TCP connection', () => {
  it('is accepted, says how long it took, and ends with a reset', async () => {
    const { port, errors, accepted } = await listener();
    const { end, took } = await one(prober(), LOOPBACK, port);
    expect(end).toBe('accepted');
    expect(took).toBeGreaterThan(0);
    expect(took).toBeLessThan(3_000_000);
    await rest(50);
    expect(accepted()).toBeLessThanOrEqual(1);
    expect(errors.every((code) => code === 'ECONNRESET')).toBe(true);
  });

  it('goes over IPv6 as well, and from the address that is asked for', async () => {
    const six = await listener('::1');
    expect((await one(prober(), '::1' as Ip, six.port)).end).toBe('accepted');
    const four = await listener();
    expect((await one(prober(), LOOPBACK, four.port, millis(500), '127.0.0.77' as Ip)).end).toBe('accepted');
  });

  it('is refused, in the kernel’s words', async () => {
    const { port } = await listener();
    await (ends.pop() as () => Promise<void>)();
    expect((await one(prober(), LOOPBACK, port)).end).toEqual({ code: 'ECONNREFUSED', syscall: 'connect' });
  });

  it('names the call that fails on this machine', async () => {
    const { end } = await one(prober(), LOOPBACK, 80, millis(500), '192.0.2.77' as Ip);
    expect(end).toEqual({ code: 'EADDRNOTAVAIL', syscall: 'bind' });
  });

  it('is told after the call that began it, never from within', async () => {
    const by = prober();
    let within = true;
    await new Promise<void>((resolve) => {
      by.try({ address: LOOPBACK, port: 80 }, { bind: '192.0.2.77' as Ip, mark: null }, millis(100), () => {
        expect(within).toBe(false);
        resolve();
      });
      within = false;
    });
  });

  it('is accepted by a server that resets it at once, also where nobody looks before that', async () => {
    // In a process of its own: ours does not turn meanwhile.
    const resetting = `const s = require('node:net').createServer((c) => { c.on('error', () => {}); c.resetAndDestroy(); });
      s.listen(0, '127.0.0.1', () => console.log(s.address().port))`;
    const server = spawn(process.execPath, ['-e', resetting], { stdio: ['ignore', 'pipe', 'inherit'] });
    ends.push(() => server.kill());
    const port = await new Promise<number>((told) => server.stdout.once('data', (text) => told(Number(text))));
    const by = prober();
    for (let i = 0; i < 20; i++) {
      const end = one(by, LOOPBACK, port, millis(2_000));
      for (const until = native.now() + 5_000; native.now() < until; );
      expect((await end).end).toBe('accepted');
    }
  });

  it('is over when its time is up', async () => {
    const { address, port } = await full();
    const { end, took } = await one(prober(), address, port, millis(80));
    expect(end).toBe('late');
    expect(took).toBeGreaterThanOrEqual(80_000);
    expect(took).toBeLessThan(2_000_000);
  });

  it('that was cancelled is not told', async () => {
    const { port } = await listener();
    const by = prober();
    const told: TryEnd[] = [];
    const cancel = by.try({ address: LOOPBACK, port }, null, millis(100), (end) => told.push(end));
    cancel();
    cancel();
    const late = by.try({ address: SILENT, port: 80 }, null, millis(30), (end) => told.push(end));
    late();
    expect((await one(by, LOOPBACK, port)).end).toBe('accepted');
    await rest(60);
    expect(told).toEqual([]);
  });

  it('that ended while this process was stalled is accepted, although its time is up', async () => {
    const { port } = await listener();
    const by = prober();
    const result = one(by, LOOPBACK, port, millis(20));
    const until = performance.now() + 120;
    while (performance.now() < until);
    expect((await result).end).toBe('accepted');
  });
});

describe('a watch', () => {
  const watch = (by: TcpProber, address: Ip, port: number, told: (end: TryEnd) => void, bind: Ip | null = null) => {
    const way = bind === null ? null : { bind, mark: null };
    return by.watch({ address, port }, way, millis(500), millis(20), instant(native.now() + 5_000), told);
  };

  it.each([
    ['over IPv4', '127.0.0.1', null],
    ['over IPv6', '::1', null],
    ['from an address of its own', '127.0.0.1', '127.0.0.77' as Ip],
  ])('is tried again and again without a word, %s, and tells its first failure once', async (_, host, bind) => {
    const by = prober();
    const { port, accepted, errors } = await listener(host);
    const told: TryEnd[] = [];
    const watching = watch(by, host as Ip, port, (end) => told.push(end), bind);
    await expect.poll(accepted, { timeout: 5_000 }).toBeGreaterThan(4);
    expect(told).toEqual([]);
    expect(watching?.micros()).toBeGreaterThan(0);
    expect(watching?.micros()).toBeLessThan(3_000_000);
    await (ends.pop() as () => Promise<void>)();
    await expect.poll(() => told, { timeout: 5_000 }).toEqual([{ code: 'ECONNREFUSED', syscall: 'connect' }]);
    expect(watching?.micros()).toBe(0);
    watching?.end();
    await rest(50);
    expect(told).toHaveLength(1);
    expect(errors.every((code) => code === 'ECONNRESET')).toBe(true);
  });

  it('that was ended is not told, while it waits or is under way', async () => {
    const { address, port } = await full();
    const by = prober();
    const told: TryEnd[] = [];
    const early = watch(by, address, port, (end) => told.push(end));
    early?.end();
    early?.end();
    const late = by.watch({ address, port }, null, millis(60), millis(20), instant(native.now()), (end) =>
      told.push(end),
    );
    await rest(20);
    late?.end();
    expect((await one(by, LOOPBACK, (await listener()).port)).end).toBe('accepted');
    await rest(100);
    expect(told).toEqual([]);
  });

  it('fails at its timeout when the server falls silent', async () => {
    const { address, port } = await full();
    const begun = performance.now();
    const end = await new Promise<TryEnd>((told) => {
      prober().watch({ address, port }, null, millis(80), millis(20), instant(native.now()), told);
    });
    expect(end).toBe('late');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(79);
  });

  it('that fails is told at once, where other results wait for the next of the moments that they share', async () => {
    const by = prober();
    const grid = millis(1_000);
    by.grid(grid);
    const begin = (Math.floor(native.now() / grid) + 1) * grid;
    const told = await new Promise<number>((resolve) => {
      const first = instant(native.now());
      by.watch({ address: LOOPBACK, port: 1 }, null, millis(5_000), millis(500), first, () => resolve(native.now()));
    });
    expect(told).toBeGreaterThanOrEqual(begin);
    expect(told).toBeLessThan(begin + grid / 2);
  });

  it('begins by hundreds, and those that fail together are told together', async () => {
    const by = prober();
    const { port } = await listener('127.0.0.1', 511);
    by.grid(millis(10));
    const first = instant(native.now() + 20_000);
    const turns = new Set<number>();
    let turn = 0;
    let told = 0;
    const watches = Array.from({ length: 300 }, () =>
      by.watch({ address: LOOPBACK, port }, null, millis(900), millis(100), first, () => {
        told += 1;
        turns.add(turn);
        setImmediate(() => {
          turn += 1;
        });
      }),
    );
    await expect.poll(() => watches.every((w) => (w?.micros() ?? 0) > 0), { timeout: 5_000 }).toBe(true);
    await (ends.pop() as () => Promise<void>)();
    await expect.poll(() => told, { timeout: 5_000 }).toBe(300);
    expect(turns.size).toBeLessThanOrEqual(40);
  });
});

describe('many tries', () => {
  it('are all told, each its own, in a few calls', async () => {
    const { port } = await listener('127.0.0.1', 511);
    const by = prober();
    by.grid(millis(10));
    let turns = 0;
    let told = 0;
    let turn = false;
    await new Promise<void>((resolve) => {
      for (let n = 0; n < 300; n++) {
        by.try({ address: LOOPBACK, port: n % 3 === 0 ? port : 1 }, null, millis(900), (end) => {
          expect(typeof end).toBe(n % 3 === 0 ? 'string' : 'object');
          if (!turn) {
            turn = true;
            turns += 1;
            setImmediate(() => {
              turn = false;
            });
          }
          told += 1;
          if (told === 300) resolve();
        });
      }
    });
    expect(turns).toBeLessThanOrEqual(8);
  });

  it('go on when those who are told try again and cancel others, in any order', async () => {
    const { port } = await listener('127.0.0.1', 511);
    const by = prober();
    const cancels: (() => void)[] = [];
    const told = new Map<number, number>();
    let begun = 0;
    const begin = (): void => {
      const number = begun++;
      cancels[number] = by.try({ address: LOOPBACK, port }, null, millis(900), () => {
        told.set(number, (told.get(number) ?? 0) + 1);
        if (begun < 1_000) begin();
        if (number % 7 === 0) cancels[number + 1]?.();
      });
    };
    const until = performance.now() + 4_000;
    // Each that was cancelled has begun no other.
    for (let n = 0; begun < 1_000 && performance.now() < until; n++) {
      begin();
      if (n % 20 === 0) await rest(1);
    }
    await rest(50);
    expect([...told.values()].every((times) => times === 1)).toBe(true);
    expect(begun).toBe(1_000);
    expect(told.size).toBeGreaterThan(400);
  });

  it('leave no descriptor behind', async () => {
    const { readdirSync } = await import('node:fs');
    const count = (): number => readdirSync('/proc/self/fd').length;
    const { port } = await listener();
    const before = count();
    const by = new TcpProber(native);
    for (let n = 0; n < 50; n++)
      expect((await one(by, LOOPBACK, port, micros(500_000) as Duration)).end).toBe('accepted');
    by.try({ address: SILENT, port: 80 }, null, millis(500), () => {});
    by.close();
    by.close();
    await rest(30);
    expect(count()).toBeLessThanOrEqual(before);
  });
});
