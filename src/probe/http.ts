import { formatEndpoint } from '../values/endpoint.js';
import { attempt, type Cancel, type Done } from './attempt.js';
import type { Base, ProbeHost } from './host.js';
import { HttpAnswer, type HttpExpectation, type StatusRange } from './http-answer.js';

/** Proves that a GET is answered as expected (HTTP/1.1). */
export interface HttpProbe extends Base {
  readonly kind: 'http';
  /** From `encodeRequest`. */
  readonly request: Uint8Array;
  readonly expect: HttpExpectation;
}

/** The keys of its configuration. */
export interface HttpSettings {
  readonly path: string;
  readonly host: string | null;
  readonly expect_status: readonly StatusRange[];
  readonly expect_body:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
    | null;
}

export function prepareHttp(check: HttpSettings, base: Base): HttpProbe {
  const body = check.expect_body;
  return {
    kind: 'http',
    ...base,
    request: encodeRequest({ path: check.path, host: check.host ?? formatEndpoint(base.target) }),
    expect: {
      status: check.expect_status,
      body: body?.kind === 'regex' ? { kind: 'regex', regex: new RegExp(body.source, body.flags) } : body,
    },
  };
}

/** What is asked of a server. Neither text may contain a control character; the configuration sees to that. */
export interface HttpQuestion {
  /** Origin form: starts with `/`. */
  readonly path: string;
  /** The Host field. */
  readonly host: string;
}

/** The bytes of a request, to be made once for a server and sent at every check. */
export const encodeRequest = (q: HttpQuestion): Uint8Array =>
  Buffer.from(
    `GET ${q.path} HTTP/1.1\r\nHost: ${q.host}\r\nUser-Agent: directord\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
    'latin1',
  );

/**
 * One HTTP check over a connection of its own; a redirect is an answer like any other.
 * Read here and not by node:http: a check wants the status line and is done, at about half the processor time.
 */
export function startHttp(probe: HttpProbe, done: Done, host: ProbeHost | null): Cancel {
  const answer = new HttpAnswer(probe.expect);
  return attempt(
    probe,
    host,
    {
      request: probe.request,
      get awaits() {
        return answer.awaits;
      },
      received: (bytes) => answer.feed(bytes),
      ended: () => answer.ended(),
    },
    done,
  );
}
