import { z } from 'zod';
import { headHasNoBody } from './check-head.js';
import { type TextMatch, textMatch } from './check-match.js';
import { network, timing } from './check-shared.js';
import { listOf, mapping, matching, orNull, parsed, whole, wrong } from './fields.js';
import { says } from './found.js';

/** HTTP statuses from one to another, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** What an HTTP answer's body must have. */
export type BodyMatch = TextMatch;

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

export const bodyMatch = textMatch('the body');

const statuses = () =>
  listOf(statusRange, 'statuses and ranges such as [200-299, 301]').min(1, {
    error: 'found an empty list; allowed: a list of statuses and ranges such as [200-299, 301]',
  });

/** RFC 9110 §5.6.2: a token. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** Framing and connection are ours to say, as is Host. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|proxy-connection|http2-settings)$/i;

const header = () =>
  parsed(
    'a header field such as "X-Check: yes", other than Host, Connection and those of framing',
    (text) => {
      const [, name = '', value = ''] = /^([^:\s]+):[ \t]*([\x20-\x7e]{0,1000})$/.exec(text) ?? [];
      if (!TOKEN.test(name)) return wrong();
      if (/^host$/i.test(name)) return wrong('has a key of its own: host');
      return OURS.test(name) ? wrong('is this program’s to say') : { name, value: value.trim() };
    },
    { examples: ['X-Check: yes'] },
  );

const headerMatch = textMatch('the field');

const expectedHeader = () =>
  parsed(
    'a header’s name such as "X-Version", or with what its value contains: "X-Version: 2", "Content-Type: /^text/"',
    (text) => {
      const [, name = '', rest] = /^([^:\s]+?)(?::[ \t]*(.*))?$/s.exec(text) ?? [];
      if (!TOKEN.test(name)) return wrong();
      if (rest === undefined || rest.trim() === '') return { name, value: null };
      const value = headerMatch.safeParse(rest.trim());
      return value.success
        ? { name, value: value.data }
        : wrong('has no regular expression behind its name that is bounded in time');
    },
    { examples: ['X-Version', 'Content-Type: /^text/'] },
  );

const path = () =>
  matching(/^\/[\x21-\x7e]{0,2047}$/, 'a path that begins with "/", without spaces (encode them as %20)');

const host = () =>
  orNull(matching(/^[A-Za-z0-9._-]{1,253}(:\d{1,5})?$/, 'a host name such as example.org, or one with a port'));

const digest = () => matching(/^[0-9a-fA-F]{64}$/, 'a SHA-256 digest of 64 hexadecimal digits, as sha256sum prints it');

const EXPECT = {
  expect_headers:
    'Header fields that the answer must have: a name, or one with a text or regular expression that its value contains.',
  expect_body:
    'What the first 64 KiB of the body must contain: a text, or a regular expression between slashes. Default: anything.',
  expect_sha256: 'The SHA-256 digest of the whole body, which may have 1 MiB. Default: any.',
};

const url = mapping({
  path: path().describe('What is asked for, with the query.'),
  host: host().describe('Instead of the check’s.'),
  expect_status: orNull(statuses()).describe('Instead of the check’s.'),
  expect_headers: orNull(listOf(expectedHeader(), 'header fields')).describe('Instead of the check’s.'),
  expect_body: orNull(bodyMatch).describe('Instead of the check’s.'),
  expect_sha256: orNull(digest().transform((text) => text.toLowerCase())).describe('Instead of the check’s.'),
});

const VERSION = says('1.1 or 2');

/** What is asked and expected: keys of http and https. */
export const httpKeys = {
  http_version: z
    .union([z.literal(1.1), z.literal(2)], { error: VERSION })
    .prefault(1.1)
    .describe('1.1, or 2: with https as the server agrees to it (ALPN), else without asking (prior knowledge).'),
  method: z
    .enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'], { error: says('GET, HEAD, OPTIONS, POST, PUT') })
    .prefault('GET')
    .describe('The method; nothing is sent behind the header. An answer to HEAD has no body.'),
  path: path().prefault('/').describe('What is asked for, with the query.'),
  host: host().describe('The Host header. Default: with https the server_name; else the server’s address and port.'),
  headers: listOf(header(), 'header fields such as ["X-Check: yes"]')
    .max(32, { error: 'more than 32 header fields; allowed: at most 32' })
    .prefault([])
    .describe('Header fields to send besides.'),
  urls: orNull(
    listOf(url, 'urls such as { path: /health }')
      .min(1, { error: 'found an empty list; allowed: a list of urls such as { path: /health }' })
      .max(32, { error: 'more than 32 urls; allowed: at most 32' }),
  ).describe(
    'Several things to ask for instead of `path`: all must be answered as expected, one after another within the one timeout.',
  ),
  expect_status: statuses().prefault(['200-299']).describe('The statuses that count as success.'),
  expect_headers: listOf(expectedHeader(), 'header fields such as ["Content-Type: /^text/"]')
    .prefault([])
    .describe(EXPECT.expect_headers),
  expect_body: orNull(bodyMatch).describe(EXPECT.expect_body),
  expect_sha256: orNull(digest().transform((text) => text.toLowerCase())).describe(EXPECT.expect_sha256),
};

/** Refuses a path beside urls: one of both would not be asked for. */
export function pathOrUrls(
  c: { readonly path: string; readonly urls: readonly unknown[] | null },
  context: z.core.$RefinementCtx,
): void {
  if (c.urls === null || c.path === '/') return;
  context.addIssue({
    code: 'custom',
    path: ['path'],
    message: `found "${c.path}" beside urls; allowed: one of both`,
  });
}

/** `check: { type: http }` */
export const http = mapping({
  type: z.literal('http').describe('A request is answered as expected (no redirect is followed).'),
  ...httpKeys,
  ...network,
  ...timing,
})
  .superRefine(pathOrUrls)
  .superRefine(headHasNoBody);
