import { z } from 'zod';
import { parseIp } from '../values/ip.js';
import { network, timing } from './check-shared.js';
import { flag, mapping, matching, orNull, whole } from './fields.js';
import { says } from './found.js';
import { absolutePath } from './scalars.js';

const HOST = /^(?=.*[A-Za-z])[A-Za-z0-9._-]{1,253}$/;
const NAME = 'a host name such as example.org, without a port, or an address';

const hostName = () => matching(HOST, 'a host name such as example.org');

/** How TLS is spoken and what the certificate must be like: keys of every kind that uses it. */
export const secure = {
  server_name: orNull(hostName()).describe(
    'The name that the server is asked for (SNI), and that a verified certificate must be for. Default: none is said.',
  ),
  verify: flag()
    .prefault(false)
    .describe(
      'Whether the certificate must be valid and from a trusted authority. Without it any certificate will do, as with keepalived: clients judge it.',
    ),
  ca: orNull(absolutePath()).describe(
    'A PEM file with the trusted authorities, for `verify`; a new one is taken up at the next check. Default: those that node has.',
  ),
  expect_name: orNull(
    matching(/^[A-Za-z0-9.:_-]{1,253}$/, NAME).refine((text) => HOST.test(text) || parseIp(text) !== null, {
      error: says(NAME),
    }),
  ).describe(
    'A name or an address that the certificate must be for, verified or not. Default: with `verify` the server_name.',
  ),
  min_days_left: orNull(whole(0, 3_650)).describe(
    'So many days at least must be left until the certificate ends. Status and metrics show the days in any case. Default: without `verify` an expired one will do.',
  ),
  resume_session: flag()
    .prefault(false)
    .describe(
      'Whether a check resumes the TLS session of the one before: less work for both, but no handshake is proven.',
    ),
};

/** Refuses keys that have no use together. */
export function caIsUsed(
  c: { readonly verify: boolean; readonly ca: string | null },
  context: z.core.$RefinementCtx,
): void {
  if (c.ca === null || c.verify) return;
  context.addIssue({
    code: 'custom',
    path: ['ca'],
    message: `found "${c.ca}", which has no use without verify; allowed: verify: true beside it, or no ca`,
  });
}

type Secure = z.output<z.ZodObject<typeof secure>>;

/** Refuses keys of TLS where the check is not over TLS. */
export function secureOnlyWithTls(c: Secure, context: z.core.$RefinementCtx): void {
  for (const key of Object.keys(secure) as (keyof Secure)[]) {
    const found = c[key];
    // What is left out, or says the same.
    if (found === null || found === false) continue;
    context.addIssue({
      code: 'custom',
      path: [key],
      message: `found ${JSON.stringify(found)}, which has no use without TLS; allowed: tls: true beside it, or no ${key}`,
    });
  }
}

/** `check: { type: tls }` */
export const tls = mapping({
  type: z.literal('tls').describe('A TLS handshake succeeds, with a certificate as expected.'),
  ...secure,
  ...network,
  ...timing,
}).superRefine(caIsUsed);
