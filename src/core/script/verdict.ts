import { type Duration, formatDuration, millis, toMillis } from '../../values/time.js';

/** How one run of a script ended. */
export type ScriptEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'timeout'; readonly after: Duration }
  /** It was not started: the file was refused, the user is unknown, the kernel said no. */
  | { readonly kind: 'refused'; readonly why: string }
  /** The run before is still there after it was killed: in a call that cannot be interrupted. null: before it had a process. */
  | { readonly kind: 'stuck'; readonly pid: number | null };

/** The longest output that is kept for a reason, in bytes. */
export const OUTPUT_LIMIT = 1_024;

/** Of that, so much goes into a reason, which stands in one line of a log or a table. */
const SAID_LIMIT = 200;

/** Only exit code 0 is a success. */
export const succeeded = (end: ScriptEnd): boolean => end.kind === 'exit' && end.code === 0;

/**
 * One line for logs and status.
 * @param output what the script wrote, cut at {@link OUTPUT_LIMIT}.
 */
export function describeEnd(end: ScriptEnd, output: string): string {
  // Control characters from a script must not reach a terminal or split a log line.
  const text = [...output]
    .map((c) => (c < ' ' || c === '\u007f' || (c >= '\u0080' && c < '\u00a0') ? ' ' : c))
    .join('');
  const line = text.replace(/ +/g, ' ').trim();
  const said = line.length > SAID_LIMIT ? `${line.slice(0, SAID_LIMIT)}…` : line;
  const tail = said === '' ? '' : `: ${said}`;
  switch (end.kind) {
    case 'exit':
      return `exit code ${end.code}${tail}`;
    case 'signal':
      return `ended by ${end.signal}${tail}`;
    case 'timeout':
      return `timed out after ${formatDuration(rounded(end.after))}${tail}`;
    case 'refused':
      return end.why;
    case 'stuck':
      return end.pid === null
        ? 'the run before still waits for its file to be read'
        : `the run before (process ${end.pid}) has not ended although it was killed`;
  }
}

/** What is left of a bound is no round number; people read milliseconds. */
const rounded = (d: Duration): Duration => (toMillis(d) < 1 ? d : millis(Math.round(toMillis(d))));
