import { Pattern } from '../values/pattern.js';
import { fail, type Verdict } from './result.js';

/** What a text must have, as it stands in the configuration. */
export type MatchSettings =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string };

/** The same, ready: something that is looked for within a text. */
export type Match =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly regex: Pattern };

/** Thousands of servers with the same check share one pattern, and what it has learnt. */
const patterns = new Map<string, Pattern>();
const KEPT = 256;

/** Prepares a match. @throws what is wrong with an expression; the configuration has refused it before. */
export function matchOf(settings: MatchSettings): Match {
  if (settings.kind === 'text') return settings;
  const key = `/${settings.source}/${settings.flags}`;
  const known = patterns.get(key);
  if (known !== undefined) return { kind: 'regex', regex: known };
  const made = Pattern.of(settings.source, settings.flags);
  if (!(made instanceof Pattern)) throw new Error(`${key} ${made.wrong}`);
  if (patterns.size >= KEPT) patterns.clear();
  patterns.set(key, made);
  return { kind: 'regex', regex: made };
}

/** Whether `text` has what is looked for; `what` begins the sentence where it has not: `body`. */
export function judgeMatch(match: Match, text: string, what: string): Verdict {
  if (match.kind === 'text') {
    return text.includes(match.text) ? { ok: true } : fail(`${what} does not contain ${JSON.stringify(match.text)}`);
  }
  const found = match.regex.test(text);
  if (found === null) return fail(`${what} takes too long to compare with ${match.regex}`);
  return found ? { ok: true } : fail(`${what} does not match ${match.regex}`);
}
