import type { TrackVerdict } from './verdict.js';

/** What was found of a tracked file; `text` is at most {@link MOST} + 1 bytes of it. */
export type FileSeen =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  /** There, and not to be read. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** The longest content that can be a number, in bytes. */
export const MOST = 64;

/** The range of keepalived's track_file. */
const LEAST_VALUE = -(2 ** 31);
const MOST_VALUE = 2 ** 31 - 1;
const ALLOWED = `a whole number from ${LEAST_VALUE} to ${MOST_VALUE}`;

/** The number of a tracked file. A file that is not there is 0; so is, with a reason, one without a number. */
export function fileVerdict(seen: FileSeen): TrackVerdict {
  if (seen.kind === 'missing') return { up: true, reason: null, value: 0 };
  if (seen.kind === 'unreadable') return odd(`cannot be read: ${seen.why}`);
  if (seen.text.length > MOST) return odd(`has more than ${MOST} bytes; allowed: ${ALLOWED}`);
  const text = seen.text.trim();
  if (text === '') return odd(`is empty; allowed: ${ALLOWED}`);
  const value = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= LEAST_VALUE && value <= MOST_VALUE)) return odd(`has ${shown(text)}; allowed: ${ALLOWED}`);
  return { up: value === 0, reason: null, value: value + 0 };
}

const odd = (why: string): TrackVerdict => ({ up: true, reason: `counts as 0: it ${why}`, value: 0 });

/** In one line, without what a terminal would obey. */
const shown = (text: string): string => JSON.stringify(text.slice(0, 20)).replace(/[\u007f-\u009f\u2028\u2029]/g, '?');
