import { createHash, type Hash } from 'node:crypto';
import { judgeMatch, type Match } from './match.js';
import { fail, type Verdict } from './result.js';

/** A range of status codes, both ends included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** A header field that an answer must have. */
export interface ExpectedHeader {
  /** In lower case. */
  readonly name: string;
  /** What its value must have; null: anything. */
  readonly value: Match | null;
}

/** What an answer must be like, whatever version of HTTP carries it. */
export interface HttpExpectation {
  readonly status: readonly StatusRange[];
  readonly headers?: readonly ExpectedHeader[];
  /** What the first {@link BODY_LIMIT} bytes of the body, read as UTF-8, must have; null: the body is not read for it. */
  readonly body: Match | null;
  /** The SHA-256 digest of the whole body, in lower case hexadecimal digits. */
  readonly sha256?: string | null;
}

/** How much of a body is read for a match, in bytes. */
export const BODY_LIMIT = 65_536;
/** How long a body may be whose digest is wanted, in bytes. */
export const DIGEST_LIMIT = 1_048_576;

export const formatRanges = (ranges: readonly StatusRange[]): string =>
  ranges.map((r) => (r.from === r.to ? `${r.from}` : `${r.from}-${r.to}`)).join(', ');

/** Whether a body is wanted at all. */
export const wantsBody = (expect: HttpExpectation): boolean => expect.body !== null || (expect.sha256 ?? null) !== null;

/**
 * Judges the head of an answer.
 * @param header gives the value of a field by its name in lower case, several joined; undefined where there is none.
 * @returns null where it is right so far.
 */
export function judgeHead(
  expect: HttpExpectation,
  status: number,
  header: (name: string) => string | undefined,
): Verdict | null {
  if (!expect.status.some((r) => status >= r.from && status <= r.to)) {
    return fail(`status ${status}, expected ${formatRanges(expect.status)}`);
  }
  for (const { name, value } of expect.headers ?? []) {
    const found = header(name);
    if (found === undefined) return fail(`no header ${name}`);
    const verdict = value === null ? { ok: true as const } : judgeMatch(value, found, `header ${name}`);
    if (!verdict.ok) return verdict;
  }
  return null;
}

/** Takes in a body, no more of it than is needed, and judges it. */
export class BodyJudge {
  readonly #expect: HttpExpectation;
  readonly #pieces: Uint8Array[] = [];
  readonly #hash: Hash | null;
  #kept = 0;
  #size = 0;
  /** Once it is judged: a digest can be taken once only. */
  #verdict: Verdict | null = null;

  constructor(expect: HttpExpectation) {
    this.#expect = expect;
    this.#hash = (expect.sha256 ?? null) === null ? null : createHash('sha256');
  }

  /** Nothing more is needed. */
  get full(): boolean {
    return this.#hash === null ? this.#size >= BODY_LIMIT : this.#size > DIGEST_LIMIT;
  }

  take(bytes: Uint8Array): void {
    if (this.#verdict !== null) return;
    this.#size += bytes.length;
    if (this.#size <= DIGEST_LIMIT) this.#hash?.update(bytes);
    if (this.#expect.body === null || this.#kept >= BODY_LIMIT) return;
    this.#pieces.push(bytes);
    this.#kept += bytes.length;
  }

  verdict(): Verdict {
    this.#verdict ??= this.#judged();
    return this.#verdict;
  }

  #judged(): Verdict {
    const { body, sha256 } = this.#expect;
    if (this.#hash !== null) {
      if (this.#size > DIGEST_LIMIT) return fail(`body longer than ${DIGEST_LIMIT} bytes, too long for its digest`);
      const digest = this.#hash.digest('hex');
      if (digest !== sha256) return fail(`body with another digest: ${digest}`);
    }
    if (body === null) return { ok: true };
    const text = Buffer.concat(this.#pieces).toString('utf8', 0, Math.min(this.#kept, BODY_LIMIT));
    return judgeMatch(body, text, 'body');
  }
}
