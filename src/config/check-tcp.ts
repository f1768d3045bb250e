import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { mapping } from './fields.js';

/** `check: { type: tcp }` */
export const tcp = mapping({
  type: z.literal('tcp').describe('The port accepts a connection.'),
  ...network,
  ...timing,
});
