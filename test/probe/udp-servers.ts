import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Socket as TcpSocket } from 'node:net';
import { afterAll } from 'vitest';
import type { Endpoint } from '../../src/values/endpoint.js';
import type { Ipv4 } from '../../src/values/ipv4.js';

const LOCAL = '127.0.0.1' as Ipv4;
const open: { close(): void }[] = [];

afterAll(() => {
  for (const socket of open.splice(0)) socket.close();
});

interface Bound {
  readonly socket: Socket;
  readonly endpoint: Endpoint;
  /** Calls back with each datagram and what answers it. An answer that comes after the end of the tests goes nowhere. */
  readonly asked: (behave: (asked: Buffer, reply: (bytes: Uint8Array | string) => void) => void) => void;
}

async function bound(): Promise<Bound> {
  const socket = createSocket('udp4');
  let over = false;
  const close = socket.close.bind(socket);
  socket.close = (done) => {
    over = true;
    return close(done);
  };
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.bind(0, LOCAL, resolve));
  return {
    socket,
    endpoint: { address: LOCAL, port: socket.address().port },
    asked: (behave) =>
      socket.on('message', (datagram, { port, address }) =>
        behave(datagram, (bytes) => {
          if (!over) socket.send(bytes, port, address, () => {});
        }),
      ),
  };
}

/** A real server on a free UDP port of 127.0.0.1 that does `behave` with each datagram; gone after the file's tests. */
export async function serveUdp(
  behave: (asked: Buffer, reply: (bytes: Uint8Array | string) => void) => void,
): Promise<Endpoint> {
  const { socket, endpoint, asked } = await bound();
  open.push(socket);
  asked(behave);
  return endpoint;
}

/** A UDP port on which nothing listens. */
export async function closedUdpPort(): Promise<Endpoint> {
  const { socket, endpoint } = await bound();
  await new Promise<void>((resolve) => socket.close(resolve));
  return endpoint;
}

/** The same port by UDP and by TCP. */
export async function serveBoth(
  behave: (asked: Buffer, reply: (bytes: Uint8Array) => void) => void,
  connected: (socket: TcpSocket) => void,
): Promise<Endpoint> {
  for (;;) {
    const { socket, endpoint, asked } = await bound();
    const sockets = new Set<TcpSocket>();
    const server = createServer((connection) => {
      sockets.add(connection);
      connection.on('error', () => {});
      connected(connection);
    });
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(endpoint.port, LOCAL, () => resolve(true));
    });
    if (!listening) {
      socket.close();
      continue;
    }
    open.push(socket, {
      close: () => {
        for (const each of sockets) each.destroy();
        server.close();
      },
    });
    asked(behave);
    return endpoint;
  }
}
