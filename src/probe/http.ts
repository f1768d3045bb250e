import type { Endpoint } from '../values/endpoint.js';
import type { Duration } from '../values/time.js';
import { attempt, type Cancel, type ProbeResult } from './attempt.js';
import { HttpAnswer, type HttpExpectation } from './http-answer.js';

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
export function probeHttp(
  target: Endpoint,
  timeout: Duration,
  request: Uint8Array,
  expect: HttpExpectation,
  done: (result: ProbeResult) => void,
): Cancel {
  const answer = new HttpAnswer(expect);
  return attempt(
    target,
    timeout,
    {
      request,
      get awaits() {
        return answer.awaits;
      },
      received: (bytes) => answer.feed(bytes),
      ended: () => answer.ended(),
    },
    done,
  );
}
