import { attempt, type Cancel, type Conversation, type Done, fail, type Verdict } from './attempt.js';
import type { Base, ProbeHost } from './host.js';
import { quoted } from './lines.js';

/**
 * Proves that a PostgreSQL server takes connections: it answers a start-up message with a request to authenticate, of
 * whatever kind (protocol 3.0, "Message Flow: Start-up"). No password is sent.
 */
export interface PostgresqlProbe extends Base {
  readonly kind: 'postgresql';
  readonly request: Uint8Array;
}

/** An error has some short fields. */
const LONGEST = 4_096;
const PROTOCOL_3 = 196_608;

export function preparePostgresql(
  c: { readonly user: string; readonly database: string | null },
  base: Base,
): PostgresqlProbe {
  const fields = [
    'user',
    c.user,
    ...(c.database === null ? [] : ['database', c.database]),
    'application_name',
    'directord',
  ];
  const body = Buffer.from(`${fields.join('\0')}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + body.length, 0);
  head.writeInt32BE(PROTOCOL_3, 4);
  return { kind: 'postgresql', request: Buffer.concat([head, body]), ...base };
}

export const startPostgresql = (probe: PostgresqlProbe, done: Done, host: ProbeHost): Cancel =>
  attempt(probe, host, new Postgresql(probe.request), done);

class Postgresql implements Conversation {
  readonly awaits = 'the answer';
  readonly request: Uint8Array;
  #got: Buffer = Buffer.alloc(0);

  constructor(request: Uint8Array) {
    this.request = request;
  }

  received(bytes: Uint8Array): Verdict | null {
    this.#got = Buffer.concat([this.#got, bytes]);
    const type = String.fromCharCode(this.#got[0] ?? 0);
    if (type !== 'R' && type !== 'E') return fail('not a PostgreSQL answer');
    if (this.#got.length < 5) return null;
    const length = this.#got.readInt32BE(1);
    if (length < 4 || length > LONGEST) return fail('not a PostgreSQL answer');
    if (this.#got.length < 1 + length) return null;
    return type === 'R' ? { ok: true } : fail(refusal(this.#got.subarray(5, 1 + length)));
  }

  ended(): Verdict {
    return fail(`connection closed ${this.#got.length === 0 ? 'without an answer' : 'within the answer'}`);
  }
}

/** Fields of one letter and a text each ("Error and Notice Message Fields"). */
function refusal(body: Buffer): string {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .filter((field) => field !== '')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return `the server says ${quoted(fields.get('M') ?? 'an error')} (${quoted(fields.get('C') ?? '?').slice(1, -1)})`;
}
