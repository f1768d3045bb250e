import type { Verdict } from './result.js';

/**
 * How long after an attempt errors are listened for, ms. A router, or our own kernel, looks for a neighbour for three seconds
 * before it says that there is none: longer than most attempts last.
 */
export const LISTEN_MS = 5_000;
/**
 * How long such an error speaks against silence, ms. The next one comes three seconds after the next attempt; one of an
 * attempt that is longer ago counts until the attempt after it is over.
 */
const COUNTS_MS = 8_000;

const FAR: ReadonlySet<string | undefined> = new Set(['EHOSTUNREACH', 'ENETUNREACH']);

/** What is remembered from one attempt to the next of a check that takes silence for success. Times are ms. */
export class Unreached {
  #before = Number.NEGATIVE_INFINITY;
  #began = Number.NEGATIVE_INFINITY;
  #last: { readonly at: number; readonly verdict: Verdict } | null = null;
  #close: (() => void) | null = null;

  /** An attempt begins. */
  begins(now: number): void {
    this.#before = this.#began;
    this.#began = now;
  }

  /** An error came, maybe of an attempt that is over. One of the host's own says that it is there. */
  heard(error: NodeJS.ErrnoException, verdict: Verdict, now: number): void {
    this.#last = FAR.has(error.code) ? { at: now, verdict } : null;
  }

  /** The host has answered. */
  answered(): void {
    this.#last = null;
  }

  /** What silence until now means. */
  silence(now: number): Verdict {
    if (this.#last === null) return { ok: true };
    const counts = this.#last.at >= this.#before || now - this.#last.at <= COUNTS_MS;
    if (!counts) this.#last = null;
    return this.#last?.verdict ?? { ok: true };
  }

  /** An attempt is over, and its socket goes on listening: one at a time. @param close what ends that. */
  listens(close: () => void): void {
    this.#close?.();
    this.#close = close;
  }
}
