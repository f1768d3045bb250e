import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ProbeResult } from '../../src/probe/attempt.js';
import { encodeRequest, type HttpProbe, startHttp } from '../../src/probe/http.js';
import { HEAD_LIMIT } from '../../src/probe/http-answer.js';
import { BODY_LIMIT, type HttpExpectation } from '../../src/probe/http-expect.js';
import { matchOf } from '../../src/probe/match.js';
import { probeTcp } from '../../src/probe/tcp.js';
import type { Endpoint } from '../../src/values/endpoint.js';
import { type Duration, millis } from '../../src/values/time.js';
import { answering, closedPort, full, serve } from './servers.js';

const OK: HttpExpectation = { status: [{ from: 200, to: 299 }], body: null };
const REQUEST = encodeRequest({ path: '/health?x=1', host: 'web.example' });

const question = (target: Endpoint, timeout: Duration, expect: HttpExpectation): HttpProbe => ({
  kind: 'http',
  target,
  timeout,
  way: null,
  version: 1.1,
  secure: null,
  questions: [{ path: '/', request: REQUEST, fields: null, bodiless: false, expect }],
});
const tcp = (target: Endpoint, timeout = millis(500)) =>
  new Promise<ProbeResult>((resolve) => probeTcp(target, timeout, resolve));
const http = (target: Endpoint, expected = OK, timeout = millis(500)) =>
  new Promise<ProbeResult>((resolve) => startHttp(question(target, timeout, expected), resolve, null));
const body = (text: string): HttpExpectation => ({ ...OK, body: { kind: 'text', text } });
const reason = async (result: Promise<ProbeResult>) => (await result).reason;

/** Answers with a head at once, then writes `piece` again and again. */
const endless = (head: string, piece: string) =>
  serve((socket) => {
    socket.once('data', () => {
      socket.write(head);
      const timer = setInterval(() => socket.write(piece), 2);
      socket.on('close', () => clearInterval(timer));
    });
  });

describe('a TCP check', () => {
  it('succeeds when the connection is accepted, and says how long it took', async () => {
    const result = await tcp(await serve(() => {}));
    expect(result).toMatchObject({ ok: true, reason: null, ours: false });
    expect(result.micros).toBeGreaterThan(0);
    expect(result.micros).toBeLessThan(3_000_000);
  });

  it('leaves no connection behind at the server', async () => {
    const server = await serve(() => {});
    await tcp(server);
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('fails on a closed port: connection refused', async () => {
    expect(await tcp(await closedPort())).toMatchObject({ ok: false, reason: 'connection refused', ours: false });
  });

  it('fails when nobody answers the connection, after its timeout', async () => {
    const server = await full();
    expect(await tcp(server, millis(100))).toMatchObject({
      ok: false,
      reason: 'timed out after 100ms waiting for the connection',
    });
  });

  it('reports nothing after it was cancelled, and closes its socket', async () => {
    const server = await serve(() => {});
    let results = 0;
    const cancel = probeTcp(server, millis(50), () => results++);
    cancel();
    cancel();
    await sleep(80);
    expect(results).toBe(0);
    expect(server.connections()).toBe(0);
  });
});

describe('an HTTP check', () => {
  it('asks for the path with the Host field, without keep-alive', async () => {
    let asked = '';
    const server = await serve((socket) => {
      socket.once('data', (bytes) => {
        asked = bytes.toString();
        socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    expect(await http(server)).toMatchObject({ ok: true, reason: null });
    expect(asked.split('\r\n')).toEqual([
      'GET /health?x=1 HTTP/1.1',
      'Host: web.example',
      'User-Agent: directord',
      'Accept: */*',
      'Connection: close',
      '',
      '',
    ]);
  });

  it('fails on another status, and names both', async () => {
    const server = await answering('HTTP/1.1 503 Service Unavailable\r\n\r\n');
    expect(await reason(http(server))).toBe('status 503, expected 200-299');
    const several = {
      ...OK,
      status: [
        { from: 200, to: 204 },
        { from: 301, to: 301 },
      ],
    };
    expect(await reason(http(server, several))).toBe('status 503, expected 200-204, 301');
  });

  it('does not follow a redirect', async () => {
    const server = await answering('HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n');
    expect(await reason(http(server))).toBe('status 302, expected 200-299');
    expect((await http(server, { ...OK, status: [{ from: 302, to: 302 }] })).ok).toBe(true);
  });

  it('finds a text or a pattern in the body, whatever its framing', async () => {
    for (const answer of [
      'HTTP/1.1 200 OK\r\n\r\nall is well\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nall i\r\n6;x=y\r\ns well\r\n0\r\n\r\n',
    ]) {
      const server = await answering(answer);
      expect(await http(server, body('is well'))).toMatchObject({ ok: true });
      expect(await reason(http(server, body('is ill')))).toBe('body does not contain "is ill"');
      expect(
        await http(server, { ...OK, body: matchOf({ kind: 'regex', source: '^all.*ll$', flags: 'm' }) }),
      ).toMatchObject({ ok: true });
      expect(await reason(http(server, { ...OK, body: matchOf({ kind: 'regex', source: 'ill', flags: '' }) }))).toBe(
        'body does not match /ill/',
      );
    }
  });

  it('fails on a closed port', async () => expect(await reason(http(await closedPort()))).toBe('connection refused'));

  it('fails when the server resets the connection', async () => {
    const server = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await reason(http(server))).toBe('connection reset by the server');
  });

  it('fails when the server closes without an answer, within the header and within the body', async () => {
    expect(await reason(http(await answering('')))).toBe('connection closed without an answer');
    expect(await reason(http(await answering('HTTP/1.1 200 OK\r\nX-')))).toBe('connection closed within the header');
    const short = 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok';
    expect(await reason(http(await answering(short), body('x')))).toBe('connection closed within the body');
  });

  it('fails on an answer that is no HTTP, without waiting for its end', async () => {
    for (const garbage of ['SSH-2.0-OpenSSH_9.2\r\n', '\0\u0001\u0002', 'HTTP/2 200\r\n\r\n', 'HTTP/1.1 abc\r\n\r\n']) {
      expect(await reason(http(await answering(garbage)))).toBe('not an HTTP/1.x answer');
    }
    const chunks = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
    expect(await reason(http(await answering(chunks), body('x')))).toBe('body with a malformed chunk');
  });

  it('fails at its timeout on a server that accepts and stays silent', async () => {
    const result = await http(await serve(() => {}), OK, millis(100));
    expect(result.reason).toBe('timed out after 100ms waiting for the answer');
    expect(result.micros).toBeGreaterThanOrEqual(99_000);
  });

  it('has one timeout over everything: a header or body that trickles does not prolong it', async () => {
    const header = await endless('HTTP/1.1 200 OK\r\n', 'X: y\r\n');
    expect(await reason(http(header))).toBe('timed out after 500ms waiting for the rest of the header');
    const trickle = await endless('HTTP/1.1 200 OK\r\n\r\n', '.');
    const result = await http(trickle, body('never'));
    expect(result.reason).toBe('timed out after 500ms waiting for the rest of the answer');
    expect(result.micros).toBeLessThan(2_000_000);
    await expect.poll(() => trickle.connections()).toBe(0);
  });

  it('bounds the header', async () => {
    const server = await answering(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(2 * HEAD_LIMIT)}`);
    expect(await reason(http(server))).toBe(`header longer than ${HEAD_LIMIT} bytes`);
  });

  it('reads 64 KiB of an endless body and no more', async () => {
    const server = await endless('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(10_000));
    expect(await reason(http(server, body('never'), millis(2_000)))).toBe('body does not contain "never"');
    const late = await answering(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(BODY_LIMIT)}late`);
    expect((await http(late, body('late'))).ok).toBe(false);
  });

  it('does not read the body when none is asked for', async () => {
    const server = await endless('HTTP/1.1 200 OK\r\n\r\n', 'x');
    const result = await http(server, OK, millis(5_000));
    expect(result.ok).toBe(true);
    // The rest would come until the time is up.
    expect(result.micros).toBeLessThan(4_000_000);
  });

  it('skips interim answers', async () => {
    const server = await answering('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n');
    expect((await http(server)).ok).toBe(true);
  });

  it('does not hold against a server the time that this process was stalled', async () => {
    const server = await answering('HTTP/1.1 200 OK\r\n\r\n');
    const result = http(server, OK, millis(100));
    const until = performance.now() + 300;
    while (performance.now() < until);
    expect(await result).toMatchObject({ ok: true });
  });

  it('leaks no descriptor over every kind of end', { timeout: 20_000 }, async () => {
    const silent = await serve(() => {});
    const fine = await answering('HTTP/1.1 200 OK\r\n\r\n');
    const refused = await closedPort();
    const count = () => readdirSync('/proc/self/fd').length;
    await http(fine);
    const before = count();
    for (let i = 0; i < 20; i++) {
      startHttp(question(silent, millis(1_000), OK), () => {}, null)();
      await Promise.all([http(fine), http(silent, OK, millis(10)), http(refused), tcp(fine), tcp(refused)]);
    }
    // A hundred ends: a process that is being tested opens one or another descriptor of its own meanwhile.
    await expect.poll(count, { timeout: 10_000 }).toBeLessThan(before + 10);
  });
});
