import { z } from 'zod';
import { headHasNoBody } from './check-head.js';
import { httpKeys, pathOrUrls } from './check-http.js';
import { network, timing } from './check-shared.js';
import { caIsUsed, secure } from './check-tls.js';
import { mapping } from './fields.js';

/** `check: { type: https }` */
export const https = mapping({
  type: z.literal('https').describe('The same as http over TLS.'),
  ...httpKeys,
  ...secure,
  ...network,
  ...timing,
})
  .superRefine(caIsUsed)
  .superRefine(pathOrUrls)
  .superRefine(headHasNoBody);
