import type { z } from 'zod';
import { blankIn, blankMessage } from './blanks.js';
import { nearest } from './nearest.js';
import type { Finding, Path } from './problem.js';

type Issue = z.core.$ZodIssue;

/** Below these keys nothing of the file is repeated: a slip of the pen may have put the password anywhere. */
export const isSecret = (path: Path): boolean => path.includes('auth');

/** What zod found, as findings: unions by the branch that was meant, unknown keys one by one. */
export function findings(issues: readonly Issue[], above: Path = []): Finding[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        return unknownKeys(path, issue.keys, issue.message.split(' '));
      case 'invalid_union': {
        const meant = branch(issue.errors);
        return meant === null ? [{ path, message: issue.message }] : findings(meant, path);
      }
      default:
        return [{ path, message: issue.message }];
    }
  });
}

/** The branch of a union whose type the value has; null when it has none's, or there is no saying. */
function branch(errors: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const fitting = errors.filter((issues) => !issues.some((i) => i.code === 'invalid_type' && i.path.length === 0));
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** So many unknown keys of one mapping are listed, the others only counted: it is another kind of file. */
const LISTED = 100;

function unknownKeys(path: Path, keys: readonly string[], known: readonly string[]): Finding[] {
  const listed = keys.slice(0, LISTED).map((key) => unknownKey(path, key, known));
  const rest = keys.length - listed.length;
  return rest === 0
    ? listed
    : [...listed, { path, message: `${rest} more unknown keys; allowed: ${known.join(', ')}` }];
}

function unknownKey(path: Path, key: string, known: readonly string[]): Finding {
  const allowed = `allowed: ${known.join(', ')}`;
  const meant = nearest(key, known);
  if (isSecret(path)) {
    return { path, message: `unknown key (not shown: it may be a password); ${allowed}` };
  }
  if (key === '<<') {
    return { path: [...path, key], atKey: true, message: `YAML 1.2 has no merge keys: write the keys out; ${allowed}` };
  }
  const blank = blankIn(key);
  if (blank >= 0) return { path: [...path, key], atKey: true, message: `found ${blankMessage(key[blank] as string)}` };
  const hint = meant === null ? '' : `, did you mean ${meant}?`;
  return { path: [...path, key], atKey: true, message: `unknown key${hint || ';'} ${allowed}` };
}
