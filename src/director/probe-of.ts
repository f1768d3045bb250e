import { canonicalAnswers } from '../config/check-dns.js';
import type { Check, Server } from '../config/schema.js';
import type { AgentProbe } from '../probe/agent.js';
import { prepareDns } from '../probe/dns.js';
import { prepareFile } from '../probe/file.js';
import { prepareGrpc } from '../probe/grpc.js';
import type { Base } from '../probe/host.js';
import { prepareHttp, prepareHttps } from '../probe/http.js';
import { prepareIcmp } from '../probe/icmp.js';
import { prepareMysql } from '../probe/mysql.js';
import { preparePostgresql } from '../probe/postgresql.js';
import type { Probe, ProbeOf } from '../probe/probe.js';
import { prepareRedis } from '../probe/redis.js';
import { prepareScript } from '../probe/script.js';
import { prepareSmtp } from '../probe/smtp.js';
import { prepareTcp } from '../probe/tcp.js';
import { prepareTls } from '../probe/tls.js';
import { prepareUdp } from '../probe/udp.js';
import type { Endpoint } from '../values/endpoint.js';

type Kind = Check['type'];
type CheckOf<K extends Kind> = Extract<Check, { type: K }>;

/** How a check's configuration becomes what one attempt needs: one line a kind; bytes are made here, once. */
const PREPARE: { readonly [K in Kind]: (check: CheckOf<K>, base: Base, service: string) => ProbeOf<K> } = {
  tcp: prepareTcp,
  http: prepareHttp,
  https: prepareHttps,
  tls: prepareTls,
  udp: prepareUdp,
  dns: (check, base) => prepareDns({ ...check, expect_answers: canonicalAnswers(check) }, base),
  icmp: prepareIcmp,
  script: prepareScript,
  file: prepareFile,
  smtp: prepareSmtp,
  redis: prepareRedis,
  mysql: prepareMysql,
  postgresql: preparePostgresql,
  grpc: prepareGrpc,
};

/**
 * Where a server's check goes: its own address and port where it has them, else the server's. A kind without ports has
 * port 0, so that servers on one host share it.
 */
export function targetOf(server: Endpoint, check: Check): Endpoint {
  const own = check as { readonly address?: Endpoint['address'] | null; readonly port?: number | null };
  return { address: own.address ?? server.address, port: 'port' in check ? (own.port ?? server.port) : 0 };
}

/** What one attempt of `check` at `target` needs. @param service a script is told it. */
export function probeOf(target: Endpoint, check: Check, service = ''): Probe {
  const own = check as { readonly bind?: Endpoint['address'] | null; readonly mark?: number | null };
  const [bind, mark] = [own.bind ?? null, own.mark ?? null];
  const base: Base = { target, timeout: check.timeout, way: bind === null && mark === null ? null : { bind, mark } };
  const prepare = PREPARE[check.type] as (check: Check, base: Base, service: string) => Probe;
  return prepare(check, base, service);
}

/** What one question to the agent of `server` needs. */
export function agentProbe(server: Endpoint, agent: NonNullable<Server['agent']>): AgentProbe {
  const { address, port, bind, mark, send, timeout } = agent;
  const way = bind === null && mark === null ? null : { bind, mark };
  const bytes = send === null ? null : new TextEncoder().encode(send);
  return { kind: 'agent', target: { address: address ?? server.address, port }, timeout, way, send: bytes };
}
