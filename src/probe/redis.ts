import { attempt, type Cancel, type Conversation, type Done, fail, type Verdict } from './attempt.js';
import type { Base, ProbeHost } from './host.js';
import { Lines, quoted } from './lines.js';

/** Proves that a Redis (or Valkey, KeyDB …) server answers PING with PONG, and has the role that is asked for. */
export interface RedisProbe extends Base {
  readonly kind: 'redis';
  /** AUTH where there is a password, PING, and ROLE where one is wanted: all at once, answered in this order. */
  readonly request: Uint8Array;
  readonly expects: readonly ('AUTH' | 'PING' | 'ROLE')[];
  /** As ROLE tells it. */
  readonly role: 'master' | 'slave' | null;
}

interface RedisCheck {
  readonly username: string | null;
  readonly password: string | null;
  readonly role: 'any' | 'master' | 'replica';
}

/** Enough for an error's text. */
const LONGEST_LINE = 1_024;

export function prepareRedis(c: RedisCheck, base: Base): RedisProbe {
  const auth = c.password === null ? [] : [command('AUTH', ...(c.username === null ? [] : [c.username]), c.password)];
  const role = c.role === 'any' ? [] : [command('ROLE')];
  return {
    kind: 'redis',
    request: Buffer.concat([...auth, command('PING'), ...role]),
    expects: [...auth.map(() => 'AUTH' as const), 'PING', ...role.map(() => 'ROLE' as const)],
    role: c.role === 'any' ? null : c.role === 'master' ? 'master' : 'slave',
    ...base,
  };
}

/** A command as an array of bulk strings (RESP). */
function command(...words: readonly string[]): Buffer {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return Buffer.from(`*${words.length}\r\n${parts.join('')}`);
}

export const startRedis = (probe: RedisProbe, done: Done, host: ProbeHost): Cancel =>
  attempt(probe, host, new Redis(probe), done);

class Redis implements Conversation {
  readonly request: Uint8Array;
  readonly #probe: RedisProbe;
  readonly #lines = new Lines(LONGEST_LINE);
  #answered = 0;
  /** Lines of the answer to ROLE so far: its array, the length of the first element, and that element. */
  #roleLines = 0;

  constructor(probe: RedisProbe) {
    this.#probe = probe;
    this.request = probe.request;
  }

  get awaits(): string {
    return `the answer to ${this.#probe.expects[this.#answered] ?? 'PING'}`;
  }

  received(bytes: Uint8Array): Verdict | null {
    const lines = this.#lines.feed(bytes);
    if (lines === null) return fail(`a line longer than ${LONGEST_LINE} bytes`);
    for (const line of lines) {
      const wrong = this.#line(line);
      if (wrong !== null) return wrong;
      if (this.#answered === this.#probe.expects.length) return { ok: true };
    }
    return null;
  }

  ended(): Verdict {
    return fail(`connection closed before ${this.awaits}`);
  }

  /** @returns what is wrong with it. */
  #line(line: string): Verdict | null {
    const asked = this.#probe.expects[this.#answered];
    if (line.startsWith('-')) return fail(`the server says ${quoted(line.slice(1))}`);
    if (asked === 'ROLE') return this.#role(line);
    const wanted = asked === 'AUTH' ? '+OK' : '+PONG';
    if (line !== wanted) return fail(`answered ${asked} with ${quoted(line)}, expected ${wanted}`);
    this.#answered += 1;
    return null;
  }

  #role(line: string): Verdict | null {
    this.#roleLines += 1;
    const form = [/^\*[1-9]/, /^\$\d/][this.#roleLines - 1];
    if (form !== undefined)
      return form.test(line) ? null : fail(`answered ROLE with ${quoted(line)}, expected an array`);
    if (line !== this.#probe.role) return fail(`its role is ${quoted(line)}, expected ${this.#probe.role}`);
    this.#answered += 1;
    return null;
  }
}
