import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { markedConnector } from '../../src/kernel/connect-marked.js';
import { native } from '../../src/kernel/native.js';
import { SO_MARK, SOL_SOCKET } from '../../src/kernel/socket-numbers.js';
import type { ProbeHost } from '../../src/probe/host.js';
import type { Endpoint } from '../../src/values/endpoint.js';
import type { Ip } from '../../src/values/ip.js';
import { answer, attemptOf, PATIENCE } from './matrix.js';
import { closedPort, full, serve } from './servers.js';

// Root, for the marks; no network of its own.

const peers: (string | undefined)[] = [];
const web = () =>
  serve((socket) => {
    peers.push(socket.remoteAddress);
    answer('HTTP/1.1 200 OK\r\n\r\n')(socket, 0);
  });

/** A server on the IPv6 loopback. */
async function web6(): Promise<Endpoint> {
  const server = createServer((socket) => {
    peers.push(socket.remoteAddress);
    socket.on('error', () => {});
    answer('HTTP/1.1 200 OK\r\n\r\n')(socket, 0);
  });
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  afterAll(() => server.close());
  return { address: '::1' as Ip, port: (server.address() as { port: number }).port };
}

/** Marks that were on connected sockets. */
const marks: number[] = [];
const watching: ProbeHost = {
  connectMarked: (target, way, done) =>
    markedConnector(native)(target, way, (end) => {
      if ('fd' in end)
        marks.push(new DataView(native.getOption(end.fd, SOL_SOCKET, SO_MARK, 4).buffer).getUint32(0, true));
      done(end);
    }),
};

describe('the way of a check', () => {
  it('begins at the local address that is asked for, with and without a mark', async () => {
    const server = await web();
    for (const settings of [{ bind: '127.0.0.9' }, { bind: '127.0.0.8', mark: 7 }]) {
      expect(await attemptOf({ type: 'http', ...settings }, server, PATIENCE)).toMatchObject({ ok: true });
      expect(peers.at(-1)).toBe(settings.bind);
    }
  });

  it('carries its mark over either family, up to the largest', async () => {
    for (const [server, mark] of [
      [await web(), 7],
      [await web6(), 0xffff_ffff],
    ] as const) {
      expect(await attemptOf({ type: 'http', mark }, server, PATIENCE, watching)).toMatchObject({ ok: true });
      expect(marks.at(-1)).toBe(mark);
    }
    expect(peers.at(-1)).toBe('::1');
  });

  it('leads to another address and port than the server’s', async () => {
    const other = await web6();
    const server = await closedPort();
    const settings = { type: 'http', address: other.address, port: other.port };
    expect(await attemptOf(settings, server, PATIENCE)).toMatchObject({ ok: true });
  });

  it('says with a mark the same as without', async () => {
    const mark = { type: 'tcp', mark: 7 };
    expect((await attemptOf(mark, await closedPort(), PATIENCE)).reason).toBe('connection refused');
    expect((await attemptOf(mark, await full(), 200)).reason).toBe('timed out after 200ms waiting for the connection');
  });

  it('that begins at an address of another machine is our own fault', async () => {
    const server = await web();
    for (const settings of [{ bind: '192.0.2.1' }, { bind: '192.0.2.1', mark: 7 }]) {
      expect(await attemptOf({ type: 'tcp', ...settings }, server, PATIENCE)).toMatchObject({
        ok: false,
        ours: true,
        reason: 'no free local port or address on this machine',
      });
    }
  });

  it('leaks no descriptor', async () => {
    const [fine, refused, silent] = [await web(), await closedPort(), await full()];
    const count = () => readdirSync('/proc/self/fd').length;
    await attemptOf({ type: 'http', mark: 7 }, fine, PATIENCE);
    const before = count();
    for (let i = 0; i < 20; i++) {
      await attemptOf({ type: 'http', mark: 7 }, fine, PATIENCE);
      await attemptOf({ type: 'tcp', mark: 7 }, refused, PATIENCE);
      await attemptOf({ type: 'tcp', mark: 7 }, silent, 10);
      await attemptOf({ type: 'tcp', mark: 7, bind: '192.0.2.1' }, fine, PATIENCE);
    }
    await expect.poll(count).toBeLessThanOrEqual(before);
  });
});
