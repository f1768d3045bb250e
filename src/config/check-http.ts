import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { listOf, mapping, matching, orNull, parsed, whole, wrong } from './fields.js';
import { says } from './found.js';

/** HTTP statuses from one to another, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** What an HTTP answer's body must have. */
export type BodyMatch =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string };

const STATUS = 'a status from 100 to 599 or a range such as 200-299';

const statusRange = z.union(
  [
    whole(100, 599).transform((status): StatusRange => ({ from: status, to: status })),
    parsed(
      STATUS,
      (text) => {
        const [, from = '', to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
        if (from === '') return wrong();
        const range: StatusRange = { from: Number(from), to: Number(to) };
        return range.from <= range.to ? range : wrong('ends before it begins');
      },
      { pattern: '^[1-5]\\d\\d(-[1-5]\\d\\d)?$', examples: ['200-299'] },
    ),
  ],
  { error: says(STATUS) },
);

export const bodyMatch = parsed(
  'a text that the body contains, or a regular expression such as /^ok$/m',
  (text): BodyMatch | ReturnType<typeof wrong> => {
    if (text === '') return wrong();
    const parts = /^\/(.+)\/([a-z]*)$/s.exec(text);
    if (parts === null) return { kind: 'text', text };
    const [, source = '', flags = ''] = parts;
    if (!/^[imsu]*$/.test(flags)) return wrong('has a flag that is not i, m, s or u');
    try {
      new RegExp(source, flags);
    } catch {
      return wrong('is no regular expression');
    }
    return { kind: 'regex', source, flags };
  },
);

/** `check: { type: http }` */
export const http = mapping({
  type: z.literal('http').describe('A GET is answered as expected (HTTP/1.1, no redirect is followed).'),
  path: matching(/^\/[\x21-\x7e]{0,2047}$/, 'a path that begins with "/", without spaces (encode them as %20)')
    .prefault('/')
    .describe('What is asked for, with the query.'),
  host: orNull(
    matching(/^[A-Za-z0-9._-]{1,253}(:\d{1,5})?$/, 'a host name such as example.org, or one with a port'),
  ).describe('The Host header. Default: the server’s address and port.'),
  expect_status: listOf(statusRange, 'statuses and ranges such as [200-299, 301]')
    .min(1, { error: 'found an empty list; allowed: a list of statuses and ranges such as [200-299, 301]' })
    .prefault(['200-299'])
    .describe('The statuses that count as success.'),
  expect_body: orNull(bodyMatch).describe(
    'What the beginning of the body must contain: a text, or a regular expression between slashes. Default: anything.',
  ),
  ...network,
  ...timing,
});
