import { visible } from './blanks.js';

/** What zod tells about a refused value, as far as the messages need it. */
interface Refused {
  readonly input?: unknown;
}

/** The longest piece of a value that a message repeats. */
const SHOWN = 48;

/** A quote or a `>` too many makes a text of what were keys: one of them may have had a password. Its lines end with \n alone. */
const HOLDS_SECRET = /(?<!\r)\n|\b(auth|pass|password|secret|token)\b\s*[:,=}]|authorization|cookie/i;

/** A text as it may stand in a message: quoted, bounded, without control characters. */
export function quote(text: string): string {
  const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return visible(JSON.stringify(cut)).replaceAll(/[\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, '?');
}

/** Says what stands in the file: `found "eth 0"`, `found a list`, `missing`. */
export function found(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'found nothing';
  if (value === '') return 'found an empty text';
  if (typeof value === 'string') return HOLDS_SECRET.test(value) ? foundSecret(value) : `found ${quote(value)}`;
  if (Array.isArray(value)) return 'found a list';
  if (typeof value === 'object') return 'found a mapping';
  return `found ${String(value)}`;
}

/**
 * Why YAML did not read a value as a text, where `fits` says that as a text it would be right.
 * @returns null for everything else.
 */
export function unquoted(value: unknown, fits: (text: string) => boolean): string | null {
  if (typeof value !== 'number' && typeof value !== 'boolean') return null;
  if (!fits(String(value))) return null;
  return `is ${typeof value === 'number' ? 'a number' : 'no text'}: put it into quotes`;
}

/** Like {@link found}, for values that must not be repeated: only their kind is told. */
export function foundSecret(value: unknown): string {
  if (typeof value === 'string' && value !== '') return 'found a text (not shown)';
  if (typeof value === 'number' || typeof value === 'boolean') return `found a ${typeof value} (not shown)`;
  return found(value);
}

/** The whole sentence: what was found, and what is allowed. */
export const sentence = (what: string, allowed: string): string => `${what}; allowed: ${allowed}`;

/** An error function for zod: what was found in the file, and `allowed`. */
export function says(allowed: string): (issue: Refused) => string {
  return (issue) => sentence(found(issue.input), allowed);
}

/** The same without the value. */
export function saysSecret(allowed: string): (issue: Refused) => string {
  return (issue) => sentence(foundSecret(issue.input), allowed);
}
