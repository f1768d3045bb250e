import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { certificate, type Pair } from './certificates.js';

// Made before the tests begin: it holds up everything else.
const PAIR = certificate('web.example');

/** What goes on over TLS, on the server's side of a plain connection. */
export const overTls =
  (behave: (socket: Socket) => void, pair: Pair = PAIR) =>
  (plain: Socket): void => {
    const socket = new TLSSocket(plain, {
      isServer: true,
      secureContext: createSecureContext(pair),
      ALPNProtocols: ['http/1.1'],
    });
    socket.on('error', () => {});
    behave(socket);
  };

/** Answers each request of a connection over HTTP/2, without TLS (prior knowledge). */
export const overHttp2 = (behave: (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) => void) => {
  const server = quiet(createServer(), behave);
  return (socket: Socket): void => void server.emit('connection', socket);
};

/** The same with TLS, agreed on by ALPN. */
export const overSecureHttp2 = (
  behave: (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) => void,
  pair: Pair = PAIR,
) => {
  const server = quiet(createSecureServer(pair), behave);
  return (socket: Socket): void => void server.emit('connection', socket);
};

function quiet<S extends Http2Server | ReturnType<typeof createSecureServer>>(
  server: S,
  behave: (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) => void,
): S {
  server.on('stream', (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) => {
    stream.on('error', () => {});
    behave(stream, fields);
  });
  server.on('sessionError', () => {});
  server.on('tlsClientError', () => {});
  return server;
}

/** Says so over HTTP/2, after `delay` ms. */
export const say =
  (status: number, text: string, delay = 0) =>
  (stream: ServerHttp2Stream): void => {
    setTimeout(() => {
      if (stream.destroyed) return;
      stream.respond({ ':status': status, 'content-type': 'text/plain' });
      stream.end(text);
    }, delay);
  };

/** A body that never ends. */
export const sayOn = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  const timer = setInterval(() => stream.writable && stream.write('x'.repeat(10_000)), 2);
  stream.on('close', () => clearInterval(timer));
};
