import { z } from 'zod';
import { network, timing } from './check-shared.js';
import { caIsUsed, secure, secureOnlyWithTls } from './check-tls.js';
import { flag, mapping, matching, orNull } from './fields.js';

/** `check: { type: grpc }` */
export const grpc = mapping({
  type: z.literal('grpc').describe('grpc.health.v1.Health/Check says SERVING, over HTTP/2.'),
  service: matching(/^[\x21-\x7e]{0,127}$/, 'the name of a service, at most 127 characters without spaces')
    .prefault('')
    .describe('The service that is asked for. Default: the server as a whole.'),
  authority: orNull(
    matching(/^[A-Za-z0-9._-]{1,253}(:\d{1,5})?$/, 'a host name such as example.org, or one with a port'),
  ).describe('The :authority field. Default: the server_name, else the server’s address and port.'),
  tls: flag()
    .prefault(false)
    .describe('Whether it is asked over TLS, with HTTP/2 agreed on (ALPN). The keys below are of that.'),
  ...secure,
  ...network,
  ...timing,
}).superRefine((c, context) => (c.tls ? caIsUsed(c, context) : secureOnlyWithTls(c, context)));
