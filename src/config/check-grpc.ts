import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { mapping, matching, orNull } from './fields.js';

/** `check: { type: grpc }` */
export const grpc = mapping({
  type: z.literal('grpc').describe('grpc.health.v1.Health/Check says SERVING (HTTP/2 without TLS).'),
  service: matching(/^[\x21-\x7e]{0,127}$/, 'the name of a service, at most 127 characters without spaces')
    .prefault('')
    .describe('The service that is asked for. Default: the server as a whole.'),
  authority: orNull(
    matching(/^[A-Za-z0-9._-]{1,253}(:\d{1,5})?$/, 'a host name such as example.org, or one with a port'),
  ).describe('The :authority field. Default: the server’s address and port.'),
  ...network,
  ...timing,
});
