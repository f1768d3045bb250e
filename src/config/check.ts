import { z } from 'zod';
import { sameFamily } from './check-bind.js';
import { dns } from './check-dns.js';
import { file } from './check-file.js';
import { grpc } from './check-grpc.js';
import { http } from './check-http.js';
import { https } from './check-https.js';
import { icmp } from './check-icmp.js';
import { mysql } from './check-mysql.js';
import { postgresql } from './check-postgresql.js';
import { redis } from './check-redis.js';
import { script } from './check-script.js';
import { jitterFits, timeoutOf } from './check-shared.js';
import { smtp } from './check-smtp.js';
import { tcp } from './check-tcp.js';
import { tls } from './check-tls.js';
import { udp } from './check-udp.js';
import { found, says } from './found.js';
import { withinInterval } from './scalars.js';

export type { BodyMatch, StatusRange } from './check-http.js';

/**
 * The kinds, one line each. A kind is `mapping({ type: z.literal('KIND').describe(…), …its keys, ...network, ...timing })`
 * in a file of its own (see check-shared.ts); what goes together among its keys is a `superRefine` behind that.
 */
const KINDS = [tcp, http, https, tls, udp, dns, icmp, script, file, smtp, redis, mysql, postgresql, grpc] as const;

const names = KINDS.map((kind) => kind.shape.type.value).join(', ');

/** A health check of a service's servers. */
export const check = z
  .discriminatedUnion('type', KINDS, {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? `${found((issue.input as { type?: unknown } | null)?.type)}; allowed: ${names}`
        : says('a mapping such as { type: tcp } or { type: http, path: / }')(issue),
  })
  .transform((c, context) => {
    const timeout = timeoutOf(c);
    withinInterval({ timeout, interval: c.interval }, context);
    jitterFits(c, context);
    sameFamily(c, context);
    return { ...c, timeout };
  });
