import { attempt, type Cancel, type Conversation, type Done, fail, type Verdict } from './attempt.js';
import type { Base, ProbeHost } from './host.js';
import { Lines, quoted } from './lines.js';

/** Proves that a mail server greets, and answers EHLO (or HELO) with 250 (RFC 5321 §4.1.1.1, §4.2). */
export interface SmtpProbe extends Base {
  readonly kind: 'smtp';
  /** What it is greeted with. */
  readonly hello: string;
}

/** RFC 5321 §4.5.3.1.5: a reply line has 512 octets at most. */
const LONGEST_LINE = 512;
/** So many lines of one reply are read. */
const MOST_LINES = 100;

export const prepareSmtp = (c: { readonly helo_name: string }, base: Base): SmtpProbe => ({
  kind: 'smtp',
  hello: c.helo_name,
  ...base,
});

export const startSmtp = (probe: SmtpProbe, done: Done, host: ProbeHost): Cancel =>
  attempt(probe, host, new Smtp(probe.hello), done);

class Smtp implements Conversation {
  readonly request = null;
  readonly #hello: string;
  readonly #lines = new Lines(LONGEST_LINE);
  #seen = 0;
  #stage: 'greeting' | 'EHLO' | 'HELO' = 'greeting';

  constructor(hello: string) {
    this.#hello = hello;
  }

  get awaits(): string {
    return this.#stage === 'greeting' ? 'the greeting' : `the answer to ${this.#stage}`;
  }

  received(bytes: Uint8Array, send: (bytes: Uint8Array) => void): Verdict | null {
    const lines = this.#lines.feed(bytes);
    if (lines === null) return fail(`a line longer than ${LONGEST_LINE} bytes`);
    for (const line of lines) {
      this.#seen += 1;
      if (this.#seen > MOST_LINES) return fail(`a reply of more than ${MOST_LINES} lines`);
      const verdict = this.#line(line, send);
      if (verdict !== null) return verdict;
    }
    return null;
  }

  ended(): Verdict {
    return fail(`connection closed before ${this.awaits}`);
  }

  #line(line: string, send: (bytes: Uint8Array) => void): Verdict | null {
    const [, code = '', more = ''] = /^([2-5]\d\d)(-| |$)/.exec(line) ?? [];
    if (code === '') return fail(`not an SMTP reply: ${quoted(line)}`);
    if (more === '-') return null;
    this.#seen = 0;
    const say = (text: string): null => {
      send(Buffer.from(`${text}\r\n`, 'latin1'));
      return null;
    };
    if (this.#stage === 'greeting') {
      if (code !== '220') return fail(`greeted with ${quoted(line)}, expected 220`);
      this.#stage = 'EHLO';
      return say(`EHLO ${this.#hello}`);
    }
    if (code === '250') {
      say('QUIT');
      return { ok: true };
    }
    // RFC 5321 §4.1.4: a server that does not know EHLO says 500 or 502.
    if (this.#stage === 'EHLO' && (code === '500' || code === '502')) {
      this.#stage = 'HELO';
      return say(`HELO ${this.#hello}`);
    }
    return fail(`answered ${this.#stage} with ${quoted(line)}, expected 250`);
  }
}
