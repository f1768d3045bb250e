import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { mapping, matching } from './fields.js';

/** `check: { type: smtp }` */
export const smtp = mapping({
  type: z.literal('smtp').describe('A mail server greets with 220 and answers EHLO (else HELO) with 250.'),
  helo_name: matching(/^[A-Za-z0-9.:[\]_-]{1,253}$/, 'a host name such as director.example.org, or an address literal')
    .prefault('localhost')
    .describe('What this host calls itself in EHLO.'),
  ...network,
  ...timing,
});
