import type { ErrorCode } from 'yaml';
import { BLANKS, blankIn, blankMessage } from './blanks.js';
import { misfit } from './outline.js';

/** A slip of the pen, and its place in the text. */
export interface Slip {
  readonly offset: number;
  readonly message: string;
}

/** An error of the YAML reader. */
export interface Stumble {
  readonly code: ErrorCode;
  readonly pos: readonly [number, number];
}

/** Where the YAML reader says these, the reason is often in another line, or another one than it says. */
const VAGUE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_INDENT',
  'BLOCK_AS_IMPLICIT_KEY',
  'MISSING_CHAR',
  'MULTILINE_IMPLICIT_KEY',
  'NON_STRING_KEY',
  'UNEXPECTED_TOKEN',
]);

/** `[2001:db8::1]:80`: to YAML a list, and something behind it. */
const BRACKETED = /\[[0-9a-f.]*:[0-9a-f:.]*(%\w+)?\]:/gi;

/** A line that such a blank indents. */
const BLANK_INDENT = new RegExp(`^ *(?:- *)*${BLANKS.source}`, 'm');

/**
 * What the hand that wrote the file most likely slipped on, as people who know no YAML would say it.
 * @param errors of the YAML reader, in the file's order.
 * @returns null where the reader's own words are the best ones.
 */
export function slip(text: string, errors: readonly Stumble[]): Slip | null {
  const [error] = errors;
  if (error === undefined || !VAGUE.has(error.code)) return null;
  const at = Math.min(error.pos[0], text.length);
  return blank(text, at) ?? bracketed(text, at) ?? outline(text, at, errors);
}

/** One that indents a line, or stands in the line or the next one. Within quotes and comments it may. */
function blank(text: string, at: number): Slip | null {
  const said = (offset: number): Slip => ({ offset, message: `found ${blankMessage(text[offset] as string)}` });
  const here = contentFrom(text, at);
  const next = contentFrom(text, lineEnd(text, here) + 1);
  const indenting = BLANK_INDENT.exec(text.slice(0, lineEnd(text, next)));
  if (indenting !== null) return said(indenting.index + indenting[0].length - 1);
  for (const from of [here, next]) {
    const found = blankIn(/^[^"'#\n]*/.exec(text.slice(from, lineEnd(text, from)))?.[0] ?? '');
    if (found >= 0) return said(from + found);
  }
  return null;
}

/** Where the line ends that `at` is in. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Where the line begins that `at` is in, or the next that is neither empty nor a comment: errors begin before these. */
function contentFrom(text: string, at: number): number {
  let from = text.lastIndexOf('\n', at - 1) + 1;
  while (from < text.length && /^[ \t\r]*(#|$)/.test(text.slice(from, lineEnd(text, from))))
    from = lineEnd(text, from) + 1;
  return Math.min(from, text.length);
}

function bracketed(text: string, at: number): Slip | null {
  const from = text.lastIndexOf('\n', at - 1) + 1;
  for (const found of text.slice(from, lineEnd(text, from)).matchAll(BRACKETED)) {
    const offset = from + found.index;
    if (at < offset || at > offset + found[0].length) continue;
    const message =
      'an IPv6 address in brackets is a list to YAML; allowed: quotes around it, as in "[2001:db8::1]:80"';
    return { offset, message };
  }
  return null;
}

function outline(text: string, at: number, errors: readonly Stumble[]): Slip | null {
  const found = misfit(text, at);
  if (found === null) return null;
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length - 1;
  const [seen, told] = [found.seen, lineOf(contentFrom(text, at))];
  // A text of several lines that became a key: the reader says where it begins, the slip is in a later line.
  const later = errors.filter((error) => error.pos[0] === errors[0]?.pos[0]).length > 1;
  const fits = found.sure ? seen <= told : seen === told || (seen > told && (later || found.line === told));
  if (!fits) return null;
  const start = text.split('\n').slice(0, found.line).join('\n').length + (found.line === 0 ? 0 : 1);
  return { offset: start + found.column, message: found.message };
}
