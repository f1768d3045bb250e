import type { Duration, Instant } from '../values/time.js';
import { startAgent } from './agent.js';
import type { Cancel, Done, Watch } from './attempt.js';
import { startDns } from './dns.js';
import { startFile } from './file.js';
import { startGrpc } from './grpc.js';
import type { ProbeHost } from './host.js';
import { startHttp, startHttps } from './http.js';
import { startIcmp } from './icmp.js';
import { startMysql } from './mysql.js';
import { startPostgresql } from './postgresql.js';
import { startRedis } from './redis.js';
import { startScript } from './script.js';
import { startSmtp } from './smtp.js';
import { startTcp, watchTcp } from './tcp.js';
import { startTls } from './tls.js';
import { startUdp } from './udp.js';

/**
 * How each kind of attempt starts: one line a kind, each a file of its own here. A new kind also needs its keys (one
 * file src/config/check-KIND.ts, one line in src/config/check.ts) and one line in src/director/probe-of.ts.
 */
const STARTS = {
  tcp: startTcp,
  http: startHttp,
  https: startHttps,
  tls: startTls,
  udp: startUdp,
  dns: startDns,
  icmp: startIcmp,
  script: startScript,
  file: startFile,
  agent: startAgent,
  smtp: startSmtp,
  redis: startRedis,
  mysql: startMysql,
  postgresql: startPostgresql,
  grpc: startGrpc,
} as const;

type Starts = typeof STARTS;

/** Everything that one attempt needs, prepared once. */
export type Probe = Parameters<Starts[keyof Starts]>[0];
export type ProbeKind = Probe['kind'];
export type ProbeOf<K extends ProbeKind> = Extract<Probe, { kind: K }>;

/** Starts one attempt; `done` is called once, never from within this call. */
export type StartProbe = (probe: Probe, done: Done) => Cancel;

/**
 * Starts attempts at `first` and each `interval` from there on; `done` is called once, with the first that fails.
 * @returns null for what cannot be left alone like that.
 */
export type WatchProbe = (probe: Probe, interval: Duration, first: Instant, done: Done) => Watch | null;

/** Those kinds that this machine can repeat by itself. */
export const watchProbes =
  (host: ProbeHost): WatchProbe =>
  (probe, interval, first, done) =>
    probe.kind === 'tcp' ? watchTcp(probe, interval, first, done, host) : null;

/** The attempts over this machine's network. */
export function startProbes(host: ProbeHost): StartProbe {
  // Each line takes the probe of its own name: what the compiler checks here for the table, it cannot for the call.
  const starts: { readonly [K in ProbeKind]: (probe: ProbeOf<K>, done: Done, host: ProbeHost) => Cancel } = STARTS;
  return (probe, done) =>
    (starts[probe.kind] as (probe: Probe, done: Done, host: ProbeHost) => Cancel)(probe, done, host);
}
