import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { Socket } from 'node:net';
import { formatEndpoint } from '../values/endpoint.js';
import { attempt, type Cancel, type Done, fail, type Talk, type Verdict } from './attempt.js';
import { decodeHealth, encodeHealthRequest } from './grpc-health.js';
import type { Base, ProbeHost } from './host.js';
import { quoted } from './lines.js';
import { TlsClient, type TlsSettings } from './secure.js';

/** Proves that grpc.health.v1.Health/Check says SERVING, over HTTP/2: by prior knowledge, or over TLS by ALPN. */
export interface GrpcProbe extends Base {
  readonly kind: 'grpc';
  readonly request: Uint8Array;
  readonly authority: string;
  readonly secure: TlsClient | null;
}

interface GrpcCheck extends TlsSettings {
  readonly service: string;
  readonly authority: string | null;
  readonly tls: boolean;
}

/** An answer is 7 bytes. */
const LONGEST = 1_024;

export const prepareGrpc = (c: GrpcCheck, base: Base): GrpcProbe => ({
  kind: 'grpc',
  request: encodeHealthRequest(c.service),
  authority: c.authority ?? c.server_name ?? formatEndpoint(base.target),
  secure: c.tls ? new TlsClient(c, 'h2') : null,
  ...base,
});

export const startGrpc = (probe: GrpcProbe, done: Done, host: ProbeHost): Cancel =>
  attempt(probe, host, new Grpc(probe), done, probe.secure);

class Grpc implements Talk {
  readonly awaits = 'the answer';
  readonly #probe: GrpcProbe;

  constructor(probe: GrpcProbe) {
    this.#probe = probe;
  }

  begin(socket: Socket, finish: (verdict: Verdict) => void): void {
    const session = connect('http://check', {
      createConnection: () => socket,
      maxSessionMemory: 1,
      settings: { enablePush: false },
    });
    const conclude = (verdict: Verdict): void => {
      finish(verdict);
      session.destroy();
    };
    session.on('error', (error: NodeJS.ErrnoException) => conclude(fail(sentenceOf(error))));
    session.once('close', () => finish(fail('connection closed without an answer')));
    this.#ask(session, conclude);
  }

  #ask(session: ClientHttp2Session, conclude: (verdict: Verdict) => void): void {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_SCHEME]: this.#probe.secure === null ? 'http' : 'https',
      [constants.HTTP2_HEADER_AUTHORITY]: this.#probe.authority,
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
      [constants.HTTP2_HEADER_USER_AGENT]: 'directord',
    });
    let body = Buffer.alloc(0);
    let trouble: Verdict | null = null;
    const status = (headers: Readonly<Record<string, unknown>>): void => {
      const code = headers['grpc-status'];
      if (code === undefined || code === '0') return;
      trouble = fail(
        `grpc status ${quoted(String(code))} ${quoted(decodeURIComponentSafely(String(headers['grpc-message'] ?? '')))}`,
      );
    };
    stream.on('response', (headers) => {
      const http = Number(headers[constants.HTTP2_HEADER_STATUS]);
      if (http !== 200) conclude(fail(`HTTP status ${http}, expected 200`));
      status(headers);
    });
    stream.on('trailers', status);
    stream.on('data', (bytes: Buffer) => {
      body = Buffer.concat([body, bytes]);
      if (body.length > LONGEST) conclude(fail(`answer longer than ${LONGEST} bytes`));
    });
    stream.on('end', () => conclude(trouble ?? decodeHealth(body)));
    stream.on('error', (error: NodeJS.ErrnoException) => conclude(fail(sentenceOf(error))));
    stream.end(this.#probe.request);
  }
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const sentenceOf = (error: NodeJS.ErrnoException): string =>
  error.code === 'ECONNRESET'
    ? 'connection reset by the server'
    : error.code === 'ERR_HTTP2_ERROR'
      ? `not HTTP/2: ${error.message}`
      : error.message;
