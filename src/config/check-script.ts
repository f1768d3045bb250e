import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { flag, mapping, orNull } from './fields.js';
import { command, userName } from './track.js';

const { address, port } = network;

/** `check: { type: script }` */
export const script = mapping({
  type: z
    .literal('script')
    .describe(
      'A program says whether the server is up: exit status 0. It is told which by {address}, {port} and {service} in its arguments, and by DIRECTORD_ADDRESS, DIRECTORD_PORT and DIRECTORD_SERVICE in its environment. Only a program that root alone can change is run.',
    ),
  command: command.describe('The absolute path of the program and its arguments, as a list: no shell is involved.'),
  dynamic: flag()
    .prefault(false)
    .describe(
      'As misc_dynamic of keepalived: 1 is a failure; 2 to 255 are successes that set the weight to two less; 0 leaves the weight as it was.',
    ),
  user: orNull(userName).describe(
    'The user that it runs as. By default an unprivileged one: the daemon’s own where that is not root, else directord where there is such a user, else nobody.',
  ),
  address,
  port,
  ...timing,
});
