import type { Advice } from '../core/ipvs/advice.js';

/** What one attempt found. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Why it failed, readable; null when it did not. */
  readonly reason: string | null;
  /** How long it took, in µs. */
  readonly micros: number;
  /** It failed on this machine (no descriptor, no free port …): that says nothing about the server. */
  readonly ours: boolean;
  /** What else was learnt; left out where there is nothing, as with most kinds. */
  readonly found?: Found;
}

/** What an attempt may learn besides its verdict. */
export interface Found {
  /** Whole days until the server's certificate ends; negative once it has. */
  readonly certificateDays?: number;
  /** What the server, or who knows it, advises about its share. */
  readonly advice?: Advice;
  /** What was said besides and has no effect, readable. */
  readonly ignored?: string;
}

/** What is to be said of a server. `ours`: it failed on this machine, which says nothing about the server. */
export type Verdict =
  | { readonly ok: true; readonly found?: Found }
  | { readonly ok: false; readonly reason: string; readonly ours?: boolean; readonly found?: Found };

/** The verdict of an attempt that failed, with the sentence that people read. */
export const fail = (reason: string, found?: Found): Verdict =>
  found === undefined ? { ok: false, reason } : { ok: false, reason, found };

/**
 * The verdict of a part of a check. Nothing that a server says may end the director: what the part throws is a failure of
 * ours, told in status, and does not count against the server.
 */
export function judged<T extends Verdict | null>(part: () => T): T | Verdict {
  try {
    return part();
  } catch (error) {
    return { ok: false, reason: `the check itself failed: ${(error as Error).message}`, ours: true };
  }
}

/** Ends an attempt; its result is not reported. A second call, or one after the result, does nothing. */
export type Cancel = () => void;

/** An attempt that is repeated as long as it succeeds. */
export interface Watch {
  /** How long the latest one took that succeeded, in µs; 0 before the first. */
  micros(): number;
  /** Ends it; its result is not reported. A second call does nothing. */
  end(): void;
}

/** Told the result of an attempt: once, never from within the call that started it. */
export type Done = (result: ProbeResult) => void;
