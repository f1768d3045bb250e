import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { overTcp } from '../matrix.js';
import { cut } from '../servers.js';
import { overSecureHttp2, overTls } from '../tls-servers.js';

/** A real HTTP/2 server that does `behave` with each request of a connection that was accepted elsewhere. */
function speaks(socket: Socket, behave: (stream: ServerHttp2Stream, asked: Buffer) => void): void {
  const server = createServer();
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (stream) => {
    const pieces: Buffer[] = [];
    stream.on('error', () => {});
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => behave(stream, Buffer.concat(pieces)));
  });
  server.emit('connection', socket);
}

function replies(stream: ServerHttp2Stream, message: readonly number[]): void {
  if (stream.destroyed) return;
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.from([0, 0, 0, 0, message.length, ...message]));
}

const asked = Buffer.from([0, 0, 0, 0, 5, 0x0a, 3, ...Buffer.from('web')]);

export const grpc = overTcp({
  title: 'grpc',
  settings: { type: 'grpc', service: 'web' },
  healthy: (socket, delay) =>
    speaks(socket, (stream, request) => {
      if (request.equals(asked)) setTimeout(replies, delay, stream, [8, 1]);
    }),
  awaits: 'the answer',
  wrong: {
    behave: (socket) => speaks(socket, (stream) => replies(stream, [8, 2])),
    reason: 'the server says NOT_SERVING, expected SERVING',
  },
  reset: {
    behave: (socket) => speaks(socket, () => cut(socket)),
    reason: 'connection reset by the server',
  },
  endless: {
    behave: (socket) =>
      speaks(socket, (stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
        const timer = setInterval(() => stream.writable && stream.write('x'.repeat(500)), 2);
        stream.on('close', () => clearInterval(timer));
      }),
    reason: 'answer longer than 1024 bytes',
  },
});

/** The same once the connection is secured. */
const secured = (behave: (stream: ServerHttp2Stream, asked: Buffer) => void) =>
  overSecureHttp2((stream) => {
    const pieces: Buffer[] = [];
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    stream.on('end', () => behave(stream, Buffer.concat(pieces)));
  });

export const grpcOverTls = overTcp({
  title: 'grpc over TLS',
  settings: { type: 'grpc', service: 'web', tls: true },
  healthy: (socket, delay) =>
    secured((stream, request) => {
      if (request.equals(asked)) setTimeout(replies, delay, stream, [8, 1]);
    })(socket),
  awaits: 'the TLS handshake',
  awaitsSlow: 'the answer',
  wrong: { behave: overTls(() => {}), reason: 'server does not offer HTTP/2 (ALPN)' },
  reset: { behave: (socket) => secured(() => cut(socket))(socket), reason: 'connection reset by the server' },
  endless: {
    behave: secured((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      const timer = setInterval(() => stream.writable && stream.write('x'.repeat(500)), 2);
      stream.on('close', () => clearInterval(timer));
    }),
    reason: 'answer longer than 1024 bytes',
  },
});
