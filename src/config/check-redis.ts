import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { mapping, oneOf, orNull } from './fields.js';
import { saysSecret } from './found.js';

const SECRET = 'a text of 1 to 512 characters (quote one of digits)';

/** A text that no message repeats. */
const secret = z
  .string({ error: saysSecret(SECRET) })
  .min(1, { error: saysSecret(SECRET) })
  .max(512, { error: saysSecret(SECRET) });

/** `check: { type: redis }` */
export const redis = mapping({
  type: z.literal('redis').describe('A Redis server answers PING with PONG.'),
  password: orNull(secret).describe('Sent by AUTH before. Default: none.'),
  username: orNull(secret).describe('The user of that password (Redis 6 and newer). Default: the default user.'),
  role: oneOf(['any', 'master', 'replica'])
    .prefault('any')
    .describe('What the server must be: with master, writes go where they can be written.'),
  ...network,
  ...timing,
});
