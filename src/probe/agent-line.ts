import type { Advice, Mode, WeightAdvice, Works } from '../core/ipvs/advice.js';

/** The longest line that is read of an agent, in bytes. */
export const LINE_LIMIT = 1_024;
/** So much of a description goes into a reason. */
const WHY_LIMIT = 120;
/** A percentage above that is no share any more: the kernel's largest weight over the smallest. */
const MOST_PERCENT = 6_553_500;

/** One line of an agent. */
export type AgentLine =
  | {
      readonly ok: true;
      readonly advice: Advice;
      /** Words that have no effect here: `maxconn:30`. */
      readonly unused: readonly string[];
      /** The first word that is none of an agent's, or null: the others count all the same, as with HAProxy. */
      readonly strange: string | null;
    }
  | { readonly ok: false; readonly why: string };

/**
 * Reads an agent's line (HAProxy's configuration manual, "agent-check"): words between spaces, tabs and commas, in any
 * order and any case; the last of each kind counts; behind `#` is a description.
 */
export function parseAgentLine(line: string): AgentLine {
  const sharp = line.indexOf('#');
  const words = (sharp < 0 ? line : line.slice(0, sharp)).split(/[ \t,]+/).filter((word) => word !== '');
  const why = sharp < 0 ? null : shown(line.slice(sharp + 1), WHY_LIMIT) || null;
  let works: Works | null = null;
  let mode: Mode | null = null;
  let weight: WeightAdvice | null = null;
  let strange: string | null = null;
  const unused: string[] = [];
  for (const word of words) {
    const lower = word.toLowerCase();
    const percent = /^(\d{1,9})%$/.exec(lower)?.[1];
    if (lower === 'up') works = { up: true };
    else if (lower === 'down' || lower === 'fail' || lower === 'stopped') works = { up: false, word: lower, why };
    else if (lower === 'ready' || lower === 'drain' || lower === 'maint') mode = lower;
    else if (percent !== undefined && Number(percent) <= MOST_PERCENT) {
      weight = { kind: 'percent', percent: Number(percent) };
    } else if (/^maxconn:\d{1,10}$/.test(lower)) unused.push(lower);
    else strange ??= shown(word, 20);
  }
  if (works === null && mode === null && weight === null && unused.length === 0) {
    return { ok: false, why: strange === null ? 'an empty line' : `a line without a word of an agent: ${strange}` };
  }
  return { ok: true, advice: { works, mode, weight }, unused, strange };
}

/** In one line, without what a terminal would obey. */
const shown = (text: string, most: number): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go.
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ')
    .trim()
    .slice(0, most);

/** Collects what an agent sends up to the first line end, which is `\r`, `\n` or a NUL, at most {@link LINE_LIMIT} bytes. */
export class AgentReader {
  #text = '';

  /** @returns the line once it is complete; null to read on; `long` where it is above the limit. */
  feed(bytes: Uint8Array): { readonly line: string } | 'long' | null {
    const room = LINE_LIMIT + 1 - this.#text.length;
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, room)).toString('latin1');
    const end = /[\r\n\0]/.exec(this.#text)?.index ?? -1;
    if (end >= 0 && end <= LINE_LIMIT) return { line: this.#text.slice(0, end) };
    return this.#text.length > LINE_LIMIT ? 'long' : null;
  }

  /** What has come without a line end, when the agent closes: HAProxy takes that as a line as well. */
  get rest(): string {
    return this.#text;
  }
}
