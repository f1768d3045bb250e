import { mapping, orNull } from './fields.js';
import { endpoint } from './scalars.js';

/** `http:` */
export const http = orNull(
  mapping({
    listen: endpoint().describe(
      'Where the page listens: 127.0.0.1:8404 for this host alone. There is no password: on other addresses everybody who reaches them reads it.',
    ),
  }),
);
