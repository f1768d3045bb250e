import { z } from 'zod';
import { timing } from './check-shared.js';
import { flag, mapping, oneOf, whole } from './fields.js';
import { absolutePath } from './scalars.js';

const MOST = 65_535;

/** `check: { type: file }` */
export const file = mapping({
  type: z
    .literal('file')
    .describe(
      'A file of this machine says how the server is: a whole number, or words as an agent’s: up, down, drain, maint, ready, 75%, a reason behind #.',
    ),
  path: absolutePath().describe('The file. Not below /tmp: the service has one of its own.'),
  weight: whole(-MOST, MOST)
    .prefault(1)
    .describe(
      'What a number is multiplied by before it is added to the configured weight (at least 0 comes out); a product of -65535 or less is down. 0: any other number than 0 is down.',
    ),
  reverse: flag().prefault(false).describe('A number with the other sign; with weight 0, the number 0 is down.'),
  missing: oneOf(['up', 'down'])
    .prefault('up')
    .describe('What it means that the file is not there: up with the configured weight, or down.'),
  ...timing,
});
