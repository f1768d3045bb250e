import type { z } from 'zod';
import { Pattern } from '../values/pattern.js';
import type { TextMatch } from './check-match.js';

/** `printf '' | sha256sum`. */
const OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

interface Expected {
  readonly expect_body: TextMatch | null;
  readonly expect_sha256: string | null;
}

/** Refuses what no answer to HEAD can meet, as it has no body (RFC 9110 §9.3.2): no server would ever come up. */
export function headHasNoBody(
  c: Expected & { readonly method: string; readonly urls: readonly Expected[] | null },
  context: z.core.$RefinementCtx,
): void {
  if (c.method !== 'HEAD') return;
  const places = [{ of: c, path: [] }, ...(c.urls ?? []).map((of, i) => ({ of, path: ['urls', i] }))];
  for (const { of, path } of places) {
    for (const key of neverMet(of)) {
      context.addIssue({
        code: 'custom',
        path: [...path, key],
        message:
          'found with method: HEAD, but an answer to HEAD has no body; allowed: no such key here, or method: GET',
      });
    }
  }
}

/** What an empty body does not meet. */
function neverMet({ expect_body: body, expect_sha256: digest }: Expected): string[] {
  return [
    ...(body === null || meetsNothing(body) ? [] : ['expect_body']),
    ...(digest === null || digest === OF_NOTHING ? [] : ['expect_sha256']),
  ];
}

function meetsNothing(match: TextMatch): boolean {
  if (match.kind === 'text') return false;
  const pattern = Pattern.of(match.source, match.flags);
  return pattern instanceof Pattern && pattern.test('') === true;
}
