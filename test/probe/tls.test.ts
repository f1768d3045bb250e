import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext, createServer, TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/config/check.js';
import { probeOf } from '../../src/director/probe-of.js';
import { startProbes } from '../../src/probe/probe.js';
import type { ProbeResult } from '../../src/probe/result.js';
import { authorityFile, certificate } from './certificates.js';
import { attemptOf, HOST, PATIENCE } from './matrix.js';
import { closedPort, serve } from './servers.js';
import { overSecureHttp2, overTls } from './tls-servers.js';

const CA = authorityFile();
const GOOD = certificate('web.example', 30);
const SOON = certificate('web.example', 5);
const PAST = certificate('web.example', -1);

const tls = async (settings: object, pair = GOOD): Promise<ProbeResult> =>
  attemptOf({ type: 'tls', ...settings }, await serve(overTls(() => {}, pair)), PATIENCE);
const reason = async (settings: object, pair = GOOD) => (await tls(settings, pair)).reason;

describe('a certificate', () => {
  it('of any authority will do unless it is verified, and its days are told', async () => {
    expect(await tls({})).toMatchObject({ ok: true, found: { certificateDays: 29 } });
    expect(await tls({}, PAST)).toMatchObject({ ok: true, found: { certificateDays: -2 } });
  });

  it('is verified by an authority’s file', async () => {
    expect(await reason({ verify: true })).toBe('certificate’s authority is not trusted');
    expect(await reason({ verify: true, ca: CA })).toBe(null);
  });

  it('has days left, or the check says how many', async () => {
    expect(await tls({ min_days_left: 14 }, SOON)).toMatchObject({
      ok: false,
      reason: 'certificate expires in 4 days, at least 14 wanted',
      ours: false,
      found: { certificateDays: 4 },
    });
    expect(await reason({ min_days_left: 4 }, SOON)).toBe(null);
    expect(await reason({ min_days_left: 0 }, PAST)).toBe('certificate expired 1 day ago');
    expect(await reason({ verify: true, ca: CA }, PAST)).toBe('certificate expired 1 day ago');
  });

  it('is for the name that is asked for', async () => {
    expect(await reason({ verify: true, ca: CA, server_name: 'web.example' })).toBe(null);
    expect(await reason({ verify: true, ca: CA, server_name: 'shop.example' })).toBe(
      'certificate is not for shop.example, but for "web.example, 127.0.0.1"',
    );
    expect(await reason({ server_name: 'shop.example' })).toBe(null);
    expect(await reason({ expect_name: 'shop.example' })).toBe(
      'certificate is not for shop.example, but for "web.example, 127.0.0.1"',
    );
    expect(await reason({ expect_name: '127.0.0.1' })).toBe(null);
    expect(await reason({ expect_name: '127.0.0.2' })).toMatch(/^certificate is not for 127.0.0.2/);
    expect(await reason({ expect_name: '::1' })).toMatch(/^certificate is not for ::1/);
  });

  it('is for no name that is none: such a one is refused', async () => {
    for (const name of ['web.example:443', '300.1.1.1', '1.2.3', '....']) {
      const { error } = check.safeParse({ type: 'tls', expect_name: name });
      expect(error?.issues[0]?.message).toBe(
        `found "${name}"; allowed: a host name such as example.org, without a port, or an address`,
      );
    }
    // What is not an address is taken for a name, whatever it is.
    const settings = { ...check.parse({ type: 'tls', timeout: '5s', interval: '5s' }), expect_name: 'web.example:443' };
    const server = await serve(overTls(() => {}, GOOD));
    const result = await new Promise<ProbeResult>((done) => {
      startProbes(HOST)(probeOf(server, settings as Parameters<typeof probeOf>[1]), done);
    });
    expect(result.reason).toMatch(/^certificate is not for web.example:443/);
  });

  it('is the one for the name that is said (SNI)', async () => {
    const server = await serve((plain) => {
      const socket = new TLSSocket(plain, {
        isServer: true,
        secureContext: createSecureContext(SOON),
        SNICallback: (name, done) => done(null, createSecureContext(name === 'web.example' ? GOOD : SOON)),
      });
      socket.on('error', () => {});
    });
    const asked = (settings: object) => attemptOf({ type: 'tls', ...settings }, server, PATIENCE);
    expect((await asked({ server_name: 'web.example' })).found).toEqual({ certificateDays: 29 });
    expect((await asked({})).found).toEqual({ certificateDays: 4 });
  });
});

describe('a check over TLS', () => {
  it('says of a missing or bad file of authorities that this machine is at fault, until it is right', async () => {
    const path = `${CA}.later`;
    const server = await serve(overTls(() => {}, GOOD));
    const asked = () => attemptOf({ type: 'tls', verify: true, ca: path }, server, PATIENCE);
    expect(await asked()).toMatchObject({ ok: false, ours: true, reason: `CA file ${path} is not there` });
    writeFileSync(path, 'nothing');
    expect(await asked()).toMatchObject({ ours: true, reason: `CA file ${path} has no certificate in PEM form` });
    writeFileSync(path, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
    expect(await asked()).toMatchObject({ ours: true, reason: `CA file ${path}: certificate 1 of 1 cannot be read` });
    writeFileSync(path, readFileSync(CA));
    expect(await asked()).toMatchObject({ ok: true });
  });

  it('fails when the server closes within the handshake', async () => {
    const server = await serve((socket) => socket.once('data', () => socket.end()));
    expect((await attemptOf({ type: 'tls' }, server, PATIENCE)).reason).toBe(
      'connection closed within the TLS handshake',
    );
  });

  it('resumes a session only when that is asked for', async () => {
    for (const resume of [false, true]) {
      const reused: boolean[] = [];
      // One server, so that its tickets hold from one connection to the next.
      const server = createServer({ ...GOOD, maxVersion: 'TLSv1.2' }, (socket) => {
        reused.push(socket.isSessionReused());
        socket.on('error', () => {});
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      });
      const target = await serve((socket: Socket) => void server.emit('connection', socket));
      const settings = { type: 'https', resume_session: resume, interval: '3s', timeout: '3s' };
      const probe = probeOf(target, check.parse(settings));
      for (let i = 0; i < 3; i++) {
        const result = await new Promise<ProbeResult>((resolve) => startProbes(HOST)(probe, resolve));
        expect(result).toMatchObject({ ok: true, found: { certificateDays: 29 } });
      }
      expect(reused).toEqual([false, resume, resume]);
    }
  });

  it('of grpc is judged by its certificate as well, and asks for the name that it says', async () => {
    let asked = '';
    const server = await serve(
      overSecureHttp2((stream, fields) => {
        asked = `${fields[':scheme']} ${fields[':authority']}`;
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
        stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
      }, SOON),
    );
    const grpc = (settings: object) => attemptOf({ type: 'grpc', tls: true, ...settings }, server, PATIENCE);
    const right = { verify: true, ca: CA, server_name: 'web.example' };
    expect(await grpc(right)).toMatchObject({ ok: true, found: { certificateDays: 4 } });
    expect(asked).toBe('https web.example');
    expect((await grpc({ ...right, min_days_left: 14 })).reason).toBe(
      'certificate expires in 4 days, at least 14 wanted',
    );
    expect((await grpc({ verify: true })).reason).toBe('certificate’s authority is not trusted');
    expect(await grpc({ authority: 'cart.example:443' })).toMatchObject({ ok: true });
    expect(asked).toBe('https cart.example:443');
  });

  it('leaves no descriptor and no connection behind, however it ends', async () => {
    const fine = await serve(overTls(() => {}, GOOD));
    const silent = await serve((socket) => socket.resume());
    const shut = await closedPort();
    const count = () => readdirSync('/proc/self/fd').length;
    await attemptOf({ type: 'tls' }, fine, PATIENCE);
    await expect.poll(() => fine.connections()).toBe(0);
    const before = count();
    for (let i = 0; i < 20; i++) {
      const probe = probeOf(silent, check.parse({ type: 'tls' }));
      startProbes(HOST)(probe, () => {})();
      await Promise.all([
        attemptOf({ type: 'tls' }, fine, PATIENCE),
        attemptOf({ type: 'tls', min_days_left: 100 }, fine, PATIENCE),
        attemptOf({ type: 'https', http_version: 2 }, fine, PATIENCE),
        attemptOf({ type: 'tls' }, silent, 10),
        attemptOf({ type: 'https' }, silent, 10),
        attemptOf({ type: 'http', http_version: 2 }, silent, 10),
        attemptOf({ type: 'tls' }, shut, PATIENCE),
      ]);
    }
    await expect.poll(count).toBeLessThanOrEqual(before);
    await expect.poll(() => fine.connections() + silent.connections()).toBe(0);
  });
});
