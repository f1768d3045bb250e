import { describe, expect, it } from 'vitest';
import { attemptOf, CASES, PATIENCE, type Row, TIMEOUT } from './matrix.js';
import { dns, dnsOverTcp } from './rows/dns.js';
import { grpc, grpcOverTls } from './rows/grpc.js';
import { http } from './rows/http.js';
import { http2, https, secureHttp2 } from './rows/https.js';
import { mysql } from './rows/mysql.js';
import { postgresql } from './rows/postgresql.js';
import { redis } from './rows/redis.js';
import { script } from './rows/script.js';
import { smtp } from './rows/smtp.js';
import { tcp } from './rows/tcp.js';
import { tls } from './rows/tls.js';
import { udp, udpSilence } from './rows/udp.js';

const ROWS: readonly Row[] = [
  tcp,
  http,
  http2,
  https,
  secureHttp2,
  tls,
  smtp,
  redis,
  mysql,
  postgresql,
  grpc,
  grpcOverTls,
  udp,
  udpSilence,
  dns,
  dnsOverTcp,
  script,
];

describe.each(ROWS.map((row) => [row.title, row] as const))('a %s check', (_, row) => {
  const cases = CASES.flatMap((name) => {
    const each = row.cases[name];
    return each === null ? [] : ([[name, each]] as const);
  });

  it.concurrent.each(cases)('%s', async (_, { serve, reason, atLeast }) => {
    const timeout = String(reason).includes('timed out') ? TIMEOUT : PATIENCE;
    const result = await attemptOf(row.settings, await serve(), timeout);
    if (reason instanceof RegExp) expect(result.reason).toMatch(reason);
    else expect(result.reason).toBe(reason);
    expect(result).toMatchObject({ ok: reason === null, ours: false });
    expect(result.micros).toBeGreaterThanOrEqual((atLeast ?? 0) * 1_000);
    // Whatever the server does, the attempt ends; the margin is for a busy machine.
    expect(result.micros).toBeLessThan((timeout + 2_000) * 1_000);
  });
});
