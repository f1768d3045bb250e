import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silent } from '../../src/values/log.js';
import { connected, event, onEnd, served, until, VirtualClock } from './fake-service.js';

/** A client that says what it likes. */
async function raw(path: string): Promise<{ socket: Socket; text: () => string; closed: () => boolean }> {
  const socket = connect(path);
  onEnd(() => void socket.destroy());
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await until(() => text.includes('\n') || closed, 'the greeting');
  return { socket, text: () => text, closed: () => closed };
}
const lines = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const goodbye = (code: string, message: string) => ({ id: null, ok: false, error: { code, message } });

describe('the server, against hostile peers', () => {
  it('greets with its protocol and version', async () => {
    const { path } = await served();
    expect(lines((await raw(path)).text())).toEqual([{ hello: 'directord', protocol: 1, version: '1.2.3' }]);
  });

  it('gives one error for garbage and closes', async () => {
    const { path } = await served();
    const peer = await raw(path);
    peer.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n{"id":1,"verb":"ping"}\n');
    await until(peer.closed, 'the close');
    expect(lines(peer.text()).slice(1)).toEqual([goodbye('bad-line', 'the line is no JSON: one request a line')]);
  });

  it('gives one error for bytes that are no UTF-8 and closes', async () => {
    const { path } = await served();
    const peer = await raw(path);
    peer.socket.write(Buffer.concat([Buffer.from([0xff, 0xfe]), randomBytes(500), Buffer.from('\n')]));
    await until(peer.closed, 'the close');
    expect(lines(peer.text()).length).toBe(2);
  });

  it('ends a line of more than 64 KiB without holding it', async () => {
    const { path } = await served();
    const peer = await raw(path);
    peer.socket.write('x'.repeat(10 * 1024 * 1024));
    await until(peer.closed, 'the close');
    expect(lines(peer.text()).slice(1)).toEqual([goodbye('bad-line', 'the line is longer than 65536 bytes')]);
  });

  it('takes a line of exactly 64 KiB', async () => {
    const { path } = await served();
    const peer = await raw(path);
    const request = '{"id":1,"verb":"ping"}';
    peer.socket.write(`${' '.repeat(65_536 - request.length)}${request}\n`);
    await until(() => lines(peer.text()).length === 2, 'the answer');
    expect(lines(peer.text())[1]).toEqual({ id: 1, ok: true, value: {} });
  });

  it('turns the 65th client away and serves the next one after another has gone', async () => {
    const { path, server } = await served();
    const peers = await Promise.all([...Array(64).keys()].map(() => raw(path)));
    const late = await raw(path);
    await until(late.closed, 'the close');
    const message = '64 clients are connected already: end one (directorctl events?) and try again';
    expect(lines(late.text())).toEqual([goodbye('busy', message)]);
    peers[0]?.socket.destroy();
    await until(() => server.connections() === 63, 'the end of one');
    expect(lines((await raw(path)).text())[0]).toMatchObject({ hello: 'directord' });
  });

  it('closes a client that asks for nothing, however slowly it types', async () => {
    const clock = new VirtualClock();
    const { path } = await served({ clock });
    const peer = await raw(path);
    for (let i = 0; i < 4; i++) {
      peer.socket.write('x');
      await clock.pass(14_000);
    }
    expect(peer.closed()).toBe(false);
    await clock.pass(5_000);
    await until(peer.closed, 'the close');
    expect(lines(peer.text()).slice(1)).toEqual([goodbye('idle', 'nothing was asked for 60 s')]);
  });

  it('leaves a client alone that follows events, for hours', async () => {
    const clock = new VirtualClock();
    const { path, service } = await served({ clock });
    const peer = await raw(path);
    peer.socket.write('{"id":1,"verb":"events","args":{"recent":0,"follow":true}}\n');
    await until(() => service.listeners.size === 1, 'the subscription');
    await clock.pass(4 * 3_600_000);
    service.emit(event(1));
    await until(() => peer.text().includes('"item"'), 'the event');
    expect(peer.closed()).toBe(false);
  });

  it('cuts a follower that does not read, and nothing grows', async () => {
    const warnings: string[] = [];
    const log = { ...silent, warn: (_: object, message: string) => void warnings.push(message) };
    const { path, service, server } = await served({ log });
    const peer = await raw(path);
    peer.socket.pause();
    peer.socket.write('{"id":1,"verb":"events","args":{"recent":0,"follow":true}}\n');
    await until(() => service.listeners.size === 1, 'the subscription');
    const reason = 'x'.repeat(10_000);
    let sent = 0;
    while (service.listeners.size > 0 && sent < 10_000) {
      service.emit(event(++sent, { reason }));
      service.events.length = 0;
      if (sent % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent * 10_000).toBeLessThan(2.5 * 1024 * 1024);
    expect(warnings).toEqual(['control: a client reads too slowly, cut']);
    await until(() => server.connections() === 0, 'the close');
  });

  it('reads no further requests from a client that does not read its answers', async () => {
    const { path, service } = await served();
    let asked = 0;
    const name = 'x'.repeat(100_000);
    service.status = async () => {
      asked += 1;
      return { ...service.report, routerId: name };
    };
    const peer = await raw(path);
    peer.socket.pause();
    for (let i = 0; i < 200; i++) {
      peer.socket.write(`{"id":${i},"verb":"status"}\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const whilePaused = asked;
    expect(whilePaused).toBeLessThan(100);
    peer.socket.resume();
    await until(() => asked > whilePaused, 'reading on');
  });

  it('ends a client that has asked, ended its side and reads nothing', async () => {
    const clock = new VirtualClock();
    const { path, server, service } = await served({ clock });
    service.report = { ...service.report, routerId: 'x'.repeat(4_000_000) };
    const peer = await raw(path);
    peer.socket.pause();
    peer.socket.end('{"id":1,"verb":"status"}\n');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await clock.pass(55_000);
    expect(server.connections()).toBe(1);
    await clock.pass(6_000);
    await until(() => server.connections() === 0, 'the close');
  });

  it('refuses a request whose id is in flight, and the ninth at once', async () => {
    const { path } = await served();
    const peer = await raw(path);
    const follow = (id: number) => `{"id":${id},"verb":"events","args":{"recent":0,"follow":true}}\n`;
    peer.socket.write([1, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(follow).join(''));
    await until(() => lines(peer.text()).length === 3, 'two refusals');
    expect(lines(peer.text()).slice(1)).toEqual([
      { id: 1, ok: false, error: { code: 'usage', message: 'request 1 is still being answered: use another id' } },
      {
        id: 9,
        ok: false,
        error: { code: 'busy', message: '8 requests are in flight on this connection: wait for one' },
      },
    ]);
  });

  it('answers a client that ends its side right after the request', async () => {
    const { path } = await served();
    const peer = await raw(path);
    peer.socket.end('{"id":1,"verb":"status"}\n');
    await until(peer.closed, 'the close');
    expect(lines(peer.text())[1]).toMatchObject({ id: 1, ok: true });
  });

  it('survives 200 connections of random bytes and still answers', async () => {
    const { path, server } = await served();
    for (let i = 0; i < 200; i++) {
      const socket = connect(path);
      socket.on('error', () => {});
      socket.end(randomBytes(i * 7));
      socket.resume();
      if (i % 20 === 19) await until(() => server.connections() === 0, 'the end of the burst');
    }
    const client = await connected(path);
    expect((await client.request('ping', {})).ok).toBe(true);
  });

  it('logs who asked for a drain', async () => {
    const said: [object, string][] = [];
    const log = { ...silent, info: (fields: object, message: string) => void said.push([fields, message]) };
    const fds: number[] = [];
    const peer = (fd: number) => {
      fds.push(fd);
      return { pid: 4711, uid: 1000 };
    };
    const { path } = await served({ log, peer });
    const client = await connected(path);
    await client.request('status', {});
    await client.request('drain', { address: '172.28.128.110' });
    expect(fds[0]).toBeGreaterThan(2);
    expect(said.map(([, message]) => message)).toEqual(['control: drain asked for by uid 1000, pid 4711']);
    expect(said[0]?.[0]).toMatchObject({ peer: { pid: 4711, uid: 1000 }, args: { address: '172.28.128.110' } });
  });
});
