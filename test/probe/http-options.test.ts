import { createHash } from 'node:crypto';
import type { ServerHttp2Stream } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { DIGEST_LIMIT } from '../../src/probe/http-expect.js';
import type { Endpoint } from '../../src/values/endpoint.js';
import { answer, attemptOf, PATIENCE } from './matrix.js';
import { serve } from './servers.js';
import { overHttp2, overSecureHttp2, overTls, say } from './tls-servers.js';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const saying = (text: string | Uint8Array) => serve((socket) => answer(text)(socket, 0));
const asked = async (target: Endpoint, settings: object, type = 'http') =>
  (await attemptOf({ type, ...settings }, target, PATIENCE)).reason;

/** A server that answers by the path: what it was asked is in `heads`. */
async function site(pages: Readonly<Record<string, string>>): Promise<Endpoint & { readonly heads: string[] }> {
  const heads: string[] = [];
  const server = await serve((socket) => {
    socket.once('data', (bytes) => {
      const head = bytes.toString();
      heads.push(head);
      const text = pages[head.split(' ')[1] ?? ''];
      socket.end(text === undefined ? 'HTTP/1.1 404 Not Found\r\n\r\n' : `HTTP/1.1 200 OK\r\n\r\n${text}`);
    });
  });
  return { ...server, heads };
}

describe('an HTTP check', () => {
  it('sends the method and the fields that it is told to, in place of its own', async () => {
    const server = await site({ '/a': '' });
    const settings = {
      method: 'POST',
      path: '/a',
      headers: ['X-Check: yes', 'user-agent: other'],
      host: 'web.example',
    };
    expect(await asked(server, settings)).toBe(null);
    expect(server.heads[0]?.split('\r\n')).toEqual([
      'POST /a HTTP/1.1',
      'Host: web.example',
      'Accept: */*',
      'Connection: close',
      'Content-Length: 0',
      'X-Check: yes',
      'user-agent: other',
      '',
      '',
    ]);
  });

  it('does not wait for the body of an answer to HEAD', async () => {
    const server = await serve((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n'));
    });
    expect(await asked(server, { method: 'HEAD', expect_sha256: digest('') })).toBe(null);
  });

  it('wants fields, with or without a value', async () => {
    const server = await saying('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-A: 1\r\nx-a: 2\r\n\r\n');
    expect(await asked(server, { expect_headers: ['content-type', 'Content-Type: /^text/', 'X-A: 1, 2'] })).toBe(null);
    expect(await asked(server, { expect_headers: ['X-B'] })).toBe('no header x-b');
    expect(await asked(server, { expect_headers: ['X-A: 3'] })).toBe('header x-a does not contain "3"');
    expect(await asked(server, { expect_headers: ['Content-Type: /json$/i'] })).toBe(
      'header content-type does not match /json$/i',
    );
  });

  it('compares the digest of the whole body, however it is framed, and of 1 MiB at most', async () => {
    const settings = { expect_sha256: digest('all is well').toUpperCase() };
    for (const framed of [
      'HTTP/1.1 200 OK\r\n\r\nall is well',
      'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nall i\r\n6\r\ns well\r\n0\r\n\r\n',
    ]) {
      expect(await asked(await saying(framed), settings)).toBe(null);
    }
    expect(await asked(await saying('HTTP/1.1 200 OK\r\n\r\nall is ill'), settings)).toBe(
      `body with another digest: ${digest('all is ill')}`,
    );
    const large = 'x'.repeat(DIGEST_LIMIT);
    expect(await asked(await saying(`HTTP/1.1 200 OK\r\n\r\n${large}`), { expect_sha256: digest(large) })).toBe(null);
    expect(await asked(await saying(`HTTP/1.1 200 OK\r\n\r\n${large}x`), settings)).toBe(
      `body longer than ${DIGEST_LIMIT} bytes, too long for its digest`,
    );
  });

  it('asks for several URLs, one after another, and says which one fails', async () => {
    const server = await site({ '/a': 'well', '/b': 'ill' });
    const url = (path: string, more: object = {}) => ({ path, ...more });
    expect(await asked(server, { urls: [url('/a', { expect_body: 'well' }), url('/b', { host: 'b.example' })] })).toBe(
      null,
    );
    expect(server.heads.map((head) => /Host: (.*)\r/.exec(head)?.[1])).toEqual([
      `127.0.0.1:${server.port}`,
      'b.example',
    ]);
    expect(await asked(server, { expect_body: 'well', urls: [url('/a'), url('/b'), url('/c')] })).toBe(
      '/b: body does not contain "well"',
    );
    expect(await asked(server, { urls: [url('/a'), url('/c', { expect_status: [404] }), url('/c')] })).toBe(
      '/c: status 404, expected 200-299',
    );
  });

  it('has one timeout for all its URLs', async () => {
    const server = await serve((socket) => answer('HTTP/1.1 200 OK\r\n\r\n')(socket, 400));
    const urls = Array.from({ length: 5 }, (_, i) => ({ path: `/${i}` }));
    const result = await attemptOf({ type: 'http', urls }, server, 900);
    expect(result.reason).toMatch(/^\/[0-2]: timed out after 900ms waiting for the answer$/);
    expect(result.micros).toBeGreaterThan(890_000);
    expect(result.micros).toBeLessThan(1_900_000);
  });

  it('says the name of the site where only that of the certificate is given', async () => {
    let host = '';
    const server = await serve(
      overTls((socket) => {
        socket.once('data', (bytes) => {
          host = /Host: (.*)\r/.exec(bytes.toString())?.[1] ?? '';
          socket.end('HTTP/1.1 200 OK\r\n\r\n');
        });
      }),
    );
    expect(await asked(server, { server_name: 'web.example' }, 'https')).toBe(null);
    expect(host).toBe('web.example');
  });
});

describe('an HTTP/2 check', () => {
  const two = { http_version: 2 };

  it('asks as it is told to', async () => {
    let seen: object = {};
    const behave = (stream: ServerHttp2Stream, fields: object): void => {
      seen = fields;
      say(200, 'all is well')(stream);
    };
    const server = await serve(overHttp2(behave));
    const settings = { ...two, method: 'HEAD', path: '/a?b', host: 'web.example', headers: ['X-Check: yes'] };
    expect(await asked(server, settings)).toBe(null);
    expect(seen).toMatchObject({
      ':method': 'HEAD',
      ':scheme': 'http',
      ':authority': 'web.example',
      ':path': '/a?b',
      'user-agent': 'directord',
      'x-check': 'yes',
    });
  });

  it('that cannot be asked is our failure, and ends nothing else', async () => {
    const server = await serve(overHttp2(say(200, 'all is well')));
    const settings = { type: 'http', ...two, headers: ['Authorization: a', 'Authorization: b'] };
    const result = await attemptOf(settings, server, PATIENCE);
    expect(result).toMatchObject({ ok: false, ours: true });
    expect(result.reason).toMatch(/^HTTP\/2 cannot carry these headers: .*authorization/);
  });

  it('takes the digest of a body once, also where an answer to HEAD has none', async () => {
    const server = await serve(overHttp2(say(200, '')));
    expect(await asked(server, { ...two, method: 'HEAD', expect_sha256: digest('') })).toBe(null);
    // The end of the stream comes after the verdict, and must find nothing to do.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('sends fields whatever they are called', async () => {
    let seen: object = {};
    const server = await serve(
      overHttp2((stream, fields) => {
        seen = fields;
        say(200, '')(stream);
      }),
    );
    expect(await asked(server, { ...two, headers: ['Constructor: a', 'X-A: 1', 'x-a: 2'] })).toBe(null);
    expect(seen).toMatchObject({ constructor: 'a', 'x-a': '1, 2' });
  });

  it('judges status, fields, body and digest as the other versions do', async () => {
    for (const [type, server] of [
      ['http', await serve(overHttp2(say(200, 'all is well')))],
      ['https', await serve(overSecureHttp2(say(200, 'all is well')))],
    ] as const) {
      const of = (settings: object) => asked(server, { ...two, ...settings }, type);
      expect(await of({ expect_body: '/^all.*well$/', expect_sha256: digest('all is well') })).toBe(null);
      expect(await of({ expect_status: [204] })).toBe('status 200, expected 204');
      expect(await of({ expect_headers: ['Content-Type: html'] })).toBe('header content-type does not contain "html"');
      expect(await of({ expect_sha256: digest('') })).toBe(`body with another digest: ${digest('all is well')}`);
    }
  });

  it('says how the server ended it', async () => {
    const refusing = await serve(overHttp2((stream) => stream.close(7)));
    expect(await asked(refusing, two)).toMatch(/REFUSED_STREAM/);
    const leaving = await serve(overHttp2((stream) => stream.session?.goaway(11)));
    expect(await asked(leaving, two)).toMatch(/ENHANCE_YOUR_CALM/);
    const closing = await serve((socket) => socket.once('data', () => socket.end()));
    expect(await asked(closing, two)).toBe('connection closed without an answer');
  });

  it('bounds the header', async () => {
    const long = await serve(
      overHttp2((stream) => {
        const fields = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x-${i}`, 'a'.repeat(1_000)]));
        stream.respond({ ':status': 200, ...fields });
        stream.end();
      }),
    );
    expect(await asked(long, two)).toBe('header longer than 16384 bytes');
  });
});
