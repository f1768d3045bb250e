import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { mapping, matching, orNull } from './fields.js';

/** `check: { type: mysql }` */
export const mysql = mapping({
  type: z
    .literal('mysql')
    .describe('A MySQL or MariaDB server shows its handshake, and lets a user in where one is named.'),
  user: orNull(matching(/^[^\p{Cc}]{1,80}$/u, 'a name of 1 to 80 characters')).describe(
    'A user without a password and without rights (CREATE USER directord). Without one the server counts each check as an aborted connection, and may block this host after max_connect_errors.',
  ),
  ...network,
  ...timing,
});
