import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { mapping, matching, orNull } from './fields.js';

const account = () => matching(/^[^\p{Cc}]{1,63}$/u, 'a name of 1 to 63 characters');

/** `check: { type: postgresql }` */
export const postgresql = mapping({
  type: z
    .literal('postgresql')
    .describe('A PostgreSQL server takes connections: it asks who connects. While it starts or recovers it does not.'),
  user: account().prefault('directord').describe('The user that is named; no password is sent, and he need not exist.'),
  database: orNull(account()).describe('The database that is named. Default: that of the user.'),
  ...network,
  ...timing,
});
