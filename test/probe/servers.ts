import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll } from 'vitest';
import type { Endpoint } from '../../src/values/endpoint.js';
import type { Ipv4 } from '../../src/values/ipv4.js';

const LOCAL = '127.0.0.1' as Ipv4;
const processes: ChildProcess[] = [];
const clients: Socket[] = [];
const open: Array<{ server: Server; sockets: Set<Socket> }> = [];

afterAll(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  for (const socket of clients.splice(0)) socket.destroy();
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A real server on a free port of 127.0.0.1 that does `behave` with each connection; gone after the file's tests (they may run at the same time). */
export async function serve(behave: (socket: Socket) => void): Promise<Endpoint & { connections(): number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
  open.push({ server, sockets });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { address: LOCAL, port: address.port, connections: () => sockets.size };
}

/** A server that answers every request with these bytes, and closes. */
export const answering = (text: string | Uint8Array) =>
  serve((socket) => {
    socket.once('data', () => socket.end(text));
  });

/** A port on which nothing listens. */
export async function closedPort(): Promise<Endpoint> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await new Promise((resolve) => server.close(resolve));
  return { address: LOCAL, port: address.port };
}

const LISTENS_AND_SLEEPS = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '${LOCAL}', backlog: 1 }, () => {
    require('node:fs').writeSync(1, String(server.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** A port whose listener accepts nothing and whose queue is full: the kernel drops every further SYN. */
export async function full(): Promise<Endpoint> {
  const child = spawn(process.execPath, ['-e', LISTENS_AND_SLEEPS], { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  const port = Number(await new Promise<Buffer>((resolve) => child.stdout?.once('data', resolve)));
  for (let connected = true; connected; ) {
    const socket = connect({ port, host: LOCAL });
    socket.on('error', () => {});
    clients.push(socket);
    connected = await Promise.race([
      new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true))),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 100)),
    ]);
  }
  return { address: LOCAL, port };
}

/** Cuts a connection with a reset and nothing else: `resetAndDestroy` would say goodbye first (a FIN). */
export function cut(socket: Socket): void {
  const { _handle: handle } = socket as Socket & { readonly _handle: { reset(done: () => void): void } | null };
  handle?.reset(() => socket.destroy());
}
