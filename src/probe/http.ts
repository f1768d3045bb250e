import { formatEndpoint } from '../values/endpoint.js';
import { type Duration, millis, toMillis } from '../values/time.js';
import { attempt, type Cancel, type Done, type Secure } from './attempt.js';
import type { Base, ProbeHost } from './host.js';
import { HttpAnswer } from './http-answer.js';
import type { HttpExpectation, StatusRange } from './http-expect.js';
import { Http2Talk, http2Headers } from './http2.js';
import { type MatchSettings, matchOf } from './match.js';
import type { ProbeResult } from './result.js';
import { TlsClient, type TlsSettings } from './secure.js';

/** Proves that requests are answered as expected, over HTTP/1.1 or 2. */
export interface HttpProbe extends HttpBase {
  readonly kind: 'http';
}

/** The same with TLS, and proves that the certificate is as expected. */
export interface HttpsProbe extends HttpBase {
  readonly kind: 'https';
}

interface HttpBase extends Base {
  /** At least one; all must be answered as expected, one after another, each over a connection of its own. */
  readonly questions: readonly HttpQuestion[];
  readonly version: 1.1 | 2;
  readonly secure: Secure | null;
}

/** One request, as bytes or fields, and what its answer must be like. */
export interface HttpQuestion {
  /** Begins the reason where there are several. */
  readonly path: string;
  /** Of HTTP/1.1, from {@link encodeRequest}; of HTTP/2 none. */
  readonly request: Uint8Array;
  /** Of HTTP/2. */
  readonly fields: Readonly<Record<string, string | string[]>> | null;
  /** The answer has no body (HEAD). */
  readonly bodiless: boolean;
  readonly expect: HttpExpectation;
}

interface Expected {
  readonly expect_status: readonly StatusRange[];
  readonly expect_headers: readonly { readonly name: string; readonly value: MatchSettings | null }[];
  readonly expect_body: MatchSettings | null;
  readonly expect_sha256: string | null;
}

/** The keys of its configuration; what a url leaves out is that of the check. */
export interface HttpSettings extends Expected {
  readonly method: string;
  readonly path: string;
  readonly host: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly urls:
    | readonly ({ readonly path: string; readonly host: string | null } & {
        readonly [K in keyof Expected]: Expected[K] | null;
      })[]
    | null;
  readonly http_version: 1.1 | 2;
}

export const prepareHttp = (check: HttpSettings, base: Base): HttpProbe => ({
  kind: 'http',
  ...base,
  questions: questionsOf(check, base, 'http'),
  version: check.http_version,
  secure: null,
});

export const prepareHttps = (check: HttpSettings & TlsSettings, base: Base): HttpsProbe => ({
  kind: 'https',
  ...base,
  questions: questionsOf(check, base, 'https'),
  version: check.http_version,
  secure: new TlsClient(check, check.http_version === 2 ? 'h2' : 'http/1.1'),
});

function questionsOf(check: HttpSettings & Partial<TlsSettings>, base: Base, scheme: string): HttpQuestion[] {
  // The name of the certificate is that of the site, where the file says no other.
  const host = check.host ?? check.server_name ?? formatEndpoint(base.target);
  return (check.urls ?? [check]).map((url) => {
    const asked = { method: check.method, path: url.path, host: url.host ?? host, headers: check.headers };
    const two = check.http_version === 2;
    const body = url.expect_body ?? check.expect_body;
    return {
      path: url.path,
      request: two ? NO_BYTES : encodeRequest(asked),
      fields: two ? http2Headers({ ...asked, scheme }) : null,
      bodiless: check.method === 'HEAD',
      expect: {
        status: url.expect_status ?? check.expect_status,
        headers: (url.expect_headers ?? check.expect_headers).map(({ name, value }) => ({
          name: name.toLowerCase(),
          value: value === null ? null : matchOf(value),
        })),
        body: body === null ? null : matchOf(body),
        sha256: url.expect_sha256 ?? check.expect_sha256,
      },
    };
  });
}

const NO_BYTES = new Uint8Array(0);

/** What is asked of a server. No text may contain a control character; the configuration sees to that. */
export interface HttpRequest {
  /** GET where there is none. */
  readonly method?: string;
  /** Origin form: starts with `/`. */
  readonly path: string;
  /** The Host field. */
  readonly host: string;
  /** Sent besides; one of `User-Agent`, `Accept` and `Connection` replaces ours. */
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
}

/** The bytes of a request, to be made once for a server and sent at every check. */
export function encodeRequest({ method = 'GET', path, host, headers = [] }: HttpRequest): Uint8Array {
  const own = new Set(headers.map((h) => h.name.toLowerCase()));
  const ours: [string, string][] = [
    ['User-Agent', 'directord'],
    ['Accept', '*/*'],
    ['Connection', 'close'],
  ];
  // RFC 9110 §8.6: methods that anticipate content say that there is none.
  if (/^(POST|PUT|PATCH)$/.test(method)) ours.push(['Content-Length', '0']);
  const fields = [
    ...ours.filter(([name]) => !own.has(name.toLowerCase())),
    ...headers.map(({ name, value }) => [name, value]),
  ];
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`, 'latin1');
}

export const startHttp = (probe: HttpProbe, done: Done, host: ProbeHost | null): Cancel => start(probe, done, host);
export const startHttps = (probe: HttpsProbe, done: Done, host: ProbeHost): Cancel => start(probe, done, host);

/** One check; a redirect is an answer like any other. One timeout holds for all its requests together. */
function start(probe: HttpBase, done: Done, host: ProbeHost | null): Cancel {
  const { questions } = probe;
  const [only] = questions;
  if (questions.length === 1 && only !== undefined) return ask(probe, only, probe.timeout, done, host);
  const started = performance.now();
  let cancel: Cancel = () => {};
  const next = (at: number, last: ProbeResult | null): void => {
    const question = questions[at];
    if (question === undefined) {
      if (last !== null) done({ ...last, micros: Math.round((performance.now() - started) * 1_000) });
      return;
    }
    const left = millis(Math.max(1, toMillis(probe.timeout) - (performance.now() - started)));
    cancel = ask(
      probe,
      question,
      left,
      (result) => {
        if (result.ok) return next(at + 1, result);
        const micros = Math.round((performance.now() - started) * 1_000);
        done({ ...result, micros, reason: result.ours ? result.reason : `${question.path}: ${result.reason}` });
      },
      host,
    );
  };
  next(0, null);
  return () => cancel();
}

/**
 * One request over a connection of its own. HTTP/1.1 is read here and not by node:http: a check wants the status line and
 * is done, at about half the processor time.
 */
function ask(probe: HttpBase, question: HttpQuestion, left: Duration, done: Done, host: ProbeHost | null): Cancel {
  if (question.fields !== null) {
    const talk = new Http2Talk(question.fields, question.bodiless, question.expect);
    return attempt(probe, host, talk, done, probe.secure, left);
  }
  const answer = new HttpAnswer(question.expect, question.bodiless);
  return attempt(
    probe,
    host,
    {
      request: question.request,
      get awaits() {
        return answer.awaits;
      },
      received: (bytes) => answer.feed(bytes),
      ended: () => answer.ended(),
    },
    done,
    probe.secure,
    left,
  );
}
