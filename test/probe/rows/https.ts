import { answer, endlessly, overTcp } from '../matrix.js';
import { cut } from '../servers.js';
import { overHttp2, overSecureHttp2, overTls, say, sayOn } from '../tls-servers.js';

const WELL = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well';

export const https = overTcp({
  title: 'https',
  settings: { type: 'https', expect_body: 'well' },
  healthy: (socket, delay) => overTls((secured) => answer(WELL)(secured, delay))(socket),
  awaits: 'the TLS handshake',
  awaitsSlow: 'the answer',
  wrong: {
    behave: overTls((secured) => answer('HTTP/1.1 503 Service Unavailable\r\n\r\n')(secured, 0)),
    reason: 'status 503, expected 200-299',
  },
  reset: {
    behave: (socket) => overTls((secured) => secured.once('data', () => cut(socket)))(socket),
    reason: 'connection reset by the server',
  },
  endless: {
    behave: overTls(endlessly('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(10_000))),
    reason: 'body does not contain "well"',
  },
});

export const secureHttp2 = overTcp({
  title: 'https with HTTP/2',
  settings: { type: 'https', http_version: 2, expect_body: 'well' },
  healthy: (socket, delay) => overSecureHttp2(say(200, 'all is well', delay))(socket),
  awaits: 'the TLS handshake',
  awaitsSlow: 'the answer',
  wrong: { behave: (socket) => overTls(() => {})(socket), reason: 'server does not offer HTTP/2 (ALPN)' },
  reset: {
    behave: (socket) => overSecureHttp2(() => cut(socket))(socket),
    reason: 'connection reset by the server',
  },
  endless: { behave: (socket) => overSecureHttp2(sayOn)(socket), reason: 'body does not contain "well"' },
});

export const http2 = overTcp({
  title: 'http with HTTP/2',
  settings: { type: 'http', http_version: 2, expect_body: 'well' },
  healthy: (socket, delay) => overHttp2(say(200, 'all is well', delay))(socket),
  awaits: 'the answer',
  wrong: {
    behave: (socket) => answer('HTTP/1.1 400 Bad Request\r\n\r\n')(socket, 0),
    reason: 'not an HTTP/2 answer',
  },
  reset: { behave: (socket) => overHttp2(() => cut(socket))(socket), reason: 'connection reset by the server' },
  endless: { behave: (socket) => overHttp2(sayOn)(socket), reason: 'body does not contain "well"' },
});
