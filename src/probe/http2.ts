import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { failed, type Talk } from './attempt.js';
import { HEAD_LIMIT } from './http-answer.js';
import { BodyJudge, type HttpExpectation, judgeHead, wantsBody } from './http-expect.js';
import { fail, type Verdict } from './result.js';

type Fields = Readonly<Record<string, string | string[]>>;

/** The fields of a request, to be made once. Names are in lower case in HTTP/2 (RFC 9113 §8.2). */
export function http2Headers(asked: {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}): Fields {
  const fields: Record<string, string | string[]> = {
    [constants.HTTP2_HEADER_METHOD]: asked.method,
    [constants.HTTP2_HEADER_SCHEME]: asked.scheme,
    [constants.HTTP2_HEADER_AUTHORITY]: asked.host,
    [constants.HTTP2_HEADER_PATH]: asked.path,
    'user-agent': 'directord',
    accept: '*/*',
  };
  // By name, which may be one that every object has (`constructor`).
  const own = new Map<string, string[]>();
  for (const { name, value } of asked.headers) {
    const lower = name.toLowerCase();
    own.set(lower, [...(own.get(lower) ?? []), value]);
  }
  for (const [name, values] of own) fields[name] = values.length === 1 ? (values[0] ?? '') : values;
  return fields;
}

/** One request over HTTP/2 by node:http2, on a connection that both sides know to speak it. */
export class Http2Talk implements Talk {
  awaits = 'the answer';
  readonly #fields: Fields;
  readonly #bodiless: boolean;
  readonly #expect: HttpExpectation;

  constructor(fields: Fields, bodiless: boolean, expect: HttpExpectation) {
    this.#fields = fields;
    this.#bodiless = bodiless;
    this.#expect = expect;
  }

  begin(socket: Socket, finish: (verdict: Verdict) => void): void {
    let over = false;
    const session: ClientHttp2Session = connect('http://check', {
      createConnection: () => socket,
      // In MB, the smallest: an answer is small, and one that is not is no use.
      maxSessionMemory: 1,
      settings: { enablePush: false, maxHeaderListSize: HEAD_LIMIT },
    });
    const conclude = (verdict: Verdict): void => {
      if (over) return;
      over = true;
      finish(verdict);
      session.destroy();
    };
    // Both stay attached: an error after the end must not become an uncaught one.
    session.on('error', (error) => conclude(fail(reasonOf(error))));
    session.once('close', () => conclude(fail('connection closed without an answer')));
    session.once('goaway', (code) => {
      if (code !== constants.NGHTTP2_NO_ERROR) conclude(fail(`HTTP/2 connection refused: ${nameOf(code)}`));
    });
    try {
      this.#ask(session, conclude);
    } catch (error) {
      // node refuses fields that may not be in such a request (`User-Agent` twice): that says nothing about the server.
      conclude({ ok: false, reason: `HTTP/2 cannot carry these headers: ${(error as Error).message}`, ours: true });
    }
  }

  #ask(session: ClientHttp2Session, conclude: (verdict: Verdict) => void): void {
    const stream = session.request(this.#fields, { endStream: true });
    const body = new BodyJudge(this.#expect);
    stream.on('error', (error) => conclude(fail(reasonOf(error))));
    stream.once('response', (fields) => {
      this.awaits = 'the rest of the answer';
      const status = Number(fields[constants.HTTP2_HEADER_STATUS]);
      const wrong = tooLong(fields) ?? judgeHead(this.#expect, status, (name) => textOf(fields, name));
      if (wrong !== null) conclude(wrong);
      else if (!wantsBody(this.#expect)) conclude({ ok: true });
      else if (this.#bodiless) conclude(body.verdict());
    });
    stream.on('data', (bytes: Uint8Array) => {
      body.take(bytes);
      if (body.full) conclude(body.verdict());
    });
    stream.once('end', () => {
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR) conclude(body.verdict());
    });
    stream.once('close', () => {
      const within = this.awaits === 'the answer' ? 'without an answer' : 'within the answer';
      if (session.closed || session.destroyed) conclude(fail(`connection closed ${within}`));
      else conclude(fail(`HTTP/2 stream closed ${within}: ${nameOf(stream.rstCode)}`));
    });
  }
}

/** What was announced (SETTINGS_MAX_HEADER_LIST_SIZE) binds nobody. */
function tooLong(fields: IncomingHttpHeaders): Verdict | null {
  const size = Object.keys(fields).reduce((sum, name) => sum + name.length + (textOf(fields, name)?.length ?? 0), 0);
  return size > HEAD_LIMIT ? fail(`header longer than ${HEAD_LIMIT} bytes`) : null;
}

function textOf(fields: IncomingHttpHeaders, name: string): string | undefined {
  const value = fields[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

const NAMES = new Map(
  Object.entries(constants).flatMap(([name, code]) =>
    /^NGHTTP2_(NO_ERROR|PROTOCOL_ERROR|INTERNAL_ERROR|FLOW_CONTROL_ERROR|SETTINGS_TIMEOUT|STREAM_CLOSED|FRAME_SIZE_ERROR|REFUSED_STREAM|CANCEL|COMPRESSION_ERROR|CONNECT_ERROR|ENHANCE_YOUR_CALM|INADEQUATE_SECURITY|HTTP_1_1_REQUIRED)$/.test(
      name,
    ) && typeof code === 'number'
      ? [[code, name.slice('NGHTTP2_'.length)] as const]
      : [],
  ),
);

/** An error code of RFC 9113 §7 by its name there. */
const nameOf = (code: number | undefined): string => NAMES.get(code ?? 0) ?? `code ${code}`;

function reasonOf(error: Error): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (/^ERR_HTTP2_(ERROR|SESSION_ERROR)$/.test(code) && /protocol error|bad client magic/i.test(message)) {
    return 'not an HTTP/2 answer';
  }
  if (code === 'ERR_HTTP2_STREAM_ERROR' || code === 'ERR_HTTP2_SESSION_ERROR') {
    return `HTTP/2 ${message.replace(/^(Stream|Session) closed with error code /, 'error: ').replace('NGHTTP2_', '')}`;
  }
  return code.startsWith('ERR_') ? `HTTP/2 error: ${message}` : failed(error).reason;
}
