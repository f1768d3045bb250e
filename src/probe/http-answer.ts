import { BodyJudge, type HttpExpectation, judgeHead, wantsBody } from './http-expect.js';
import { fail, type Verdict } from './result.js';

/** The longest head of an answer (status line and header fields) that is read, in bytes. */
export const HEAD_LIMIT = 16_384;
/**
 * Reads one HTTP/1.x answer piece by piece (RFC 9112) and judges it as early as it can: by its head where no body is
 * asked for. Interim answers (1xx) are skipped. Whatever comes in, it neither throws nor keeps more than its limits.
 */
export class HttpAnswer {
  #head: Buffer = Buffer.alloc(0);
  #body: BodyReader | null = null;

  readonly #expect: HttpExpectation;
  readonly #bodiless: boolean;

  /** @param bodiless the answer has no body whatever its head says: it answers a HEAD (RFC 9110 §9.3.2). */
  constructor(expect: HttpExpectation, bodiless = false) {
    this.#expect = expect;
    this.#bodiless = bodiless;
  }

  /** What the server still owes. */
  get awaits(): string {
    if (this.#body !== null) return 'the rest of the answer';
    return this.#head.length > 0 ? 'the rest of the header' : 'the answer';
  }

  feed(bytes: Uint8Array): Verdict | null {
    if (this.#body !== null) return this.#feedBody(this.#body, bytes);
    this.#head = this.#head.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#head, bytes]);
    for (;;) {
      const bad = badStart(this.#head);
      if (bad !== null) return bad;
      const end = endOfHead(this.#head);
      if (end > HEAD_LIMIT || (end < 0 && this.#head.length > HEAD_LIMIT)) {
        return fail(`header longer than ${HEAD_LIMIT} bytes`);
      }
      if (end < 0) return null;
      const lines = this.#head.toString('latin1', 0, end).split(/\r?\n/);
      const status = Number(STATUS_LINE.exec(lines[0] ?? '')?.[1] ?? Number.NaN);
      if (Number.isNaN(status)) return fail('not an HTTP/1.x answer');
      const rest = this.#head.subarray(end);
      if (status >= 100 && status < 200 && status !== 101) {
        // A server that sends nothing but these is ended by the timeout.
        this.#head = rest;
        if (rest.length === 0) return null;
        continue;
      }
      const wrong = judgeHead(this.#expect, status, (name) => fieldOf(lines, name));
      if (wrong !== null) return wrong;
      if (!wantsBody(this.#expect)) return { ok: true };
      const framing: Framing = this.#bodiless ? { kind: 'length', length: 0 } : framingOf(lines, status);
      this.#body = new BodyReader(framing, new BodyJudge(this.#expect));
      this.#head = Buffer.alloc(0);
      return this.#feedBody(this.#body, rest);
    }
  }

  /** The server closed the connection. */
  ended(): Verdict {
    if (this.#body === null) {
      return fail(
        this.#head.length === 0 ? 'connection closed without an answer' : 'connection closed within the header',
      );
    }
    if (!this.#body.untilClose) return fail('connection closed within the body');
    return this.#body.judge.verdict();
  }

  #feedBody(body: BodyReader, bytes: Uint8Array): Verdict | null {
    const state = body.feed(bytes);
    if (state === 'bad') return fail('body with a malformed chunk');
    return state === 'complete' ? body.judge.verdict() : null;
  }
}

const STATUS_LINE = /^HTTP\/1\.\d (\d{3})(?: |$)/;

/** Says early that this is no HTTP, before the end of a header that never comes. */
function badStart(head: Buffer): Verdict | null {
  const start = head.toString('latin1', 0, 7);
  return 'HTTP/1.'.startsWith(start) || start === 'HTTP/1.' ? null : fail('not an HTTP/1.x answer');
}

/** Where the empty line that ends the head ends; −1 while it has not come. */
function endOfHead(head: Buffer): number {
  const crlf = head.indexOf('\r\n\r\n');
  const lf = head.indexOf('\n\n');
  if (crlf < 0 && lf < 0) return -1;
  return crlf >= 0 && (lf < 0 || crlf < lf) ? crlf + 4 : lf + 2;
}

/** The value of a header field, several of the same name joined (RFC 9110 §5.3). */
function fieldOf(lines: readonly string[], name: string): string | undefined {
  const values = lines.slice(1).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 && line.slice(0, colon).toLowerCase() === name ? [line.slice(colon + 1).trim()] : [];
  });
  return values.length === 0 ? undefined : values.join(', ');
}

type Framing =
  | { readonly kind: 'chunked' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'close' };

/** How the end of the body is known (RFC 9112 §6.3). */
function framingOf(lines: readonly string[], status: number): Framing {
  if (status === 204 || status === 304) return { kind: 'length', length: 0 };
  let framing: Framing = { kind: 'close' };
  for (const line of lines.slice(1)) {
    if (/^transfer-encoding:.*\bchunked\s*$/i.test(line)) return { kind: 'chunked' };
    const length = /^content-length:\s*(\d{1,15})\s*$/i.exec(line)?.[1];
    if (length !== undefined) framing = { kind: 'length', length: Number(length) };
  }
  return framing;
}

/** Finds the end of a body, and hands on what belongs to it, its chunks joined. */
class BodyReader {
  #size = 0;
  /** Chunked: what is left of the chunk under way; −1 within a size line, −2 at the line end after a chunk. */
  #left = -1;
  #line = '';

  readonly #framing: Framing;
  readonly judge: BodyJudge;

  constructor(framing: Framing, judge: BodyJudge) {
    this.#framing = framing;
    this.judge = judge;
  }

  get untilClose(): boolean {
    return this.#framing.kind === 'close';
  }

  feed(bytes: Uint8Array): 'more' | 'complete' | 'bad' {
    if (this.#framing.kind === 'chunked') return this.#feedChunked(bytes);
    const whole = this.#framing.kind === 'length' ? this.#framing.length : Number.POSITIVE_INFINITY;
    this.#keep(bytes.subarray(0, Math.max(0, whole - this.#size)));
    return this.#size >= whole || this.judge.full ? 'complete' : 'more';
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.judge.take(bytes);
    this.#size += bytes.length;
  }

  #feedChunked(bytes: Uint8Array): 'more' | 'complete' | 'bad' {
    let at = 0;
    while (at < bytes.length) {
      if (this.judge.full) return 'complete';
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        this.#keep(part);
        at += part.length;
        this.#left -= part.length;
        if (this.#left === 0) this.#left = -2;
        continue;
      }
      const c = bytes[at++] ?? 0;
      if (c !== 10) {
        this.#line += String.fromCharCode(c);
        if (this.#line.length > 1_024) return 'bad';
        continue;
      }
      const line = this.#line.replace(/\r$/, '');
      this.#line = '';
      if (this.#left === -2) {
        if (line !== '') return 'bad';
        this.#left = -1;
        continue;
      }
      const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) return 'bad';
      this.#left = Number.parseInt(size, 16);
      if (this.#left === 0) return 'complete';
    }
    return this.judge.full ? 'complete' : 'more';
  }
}
