import type { Endpoint } from '../values/endpoint.js';
import type { Duration, Instant } from '../values/time.js';
import { attempt, type Cancel, type Done, failed, lateFor, type ProbeResult, type Watch } from './attempt.js';
import type { Base, ProbeHost, TryTcp } from './host.js';

/** Proves that the port accepts a connection in time. */
export interface TcpProbe extends Base {
  readonly kind: 'tcp';
}

export const prepareTcp = (_: unknown, base: Base): TcpProbe => ({ kind: 'tcp', ...base });

export const startTcp = (probe: TcpProbe, done: Done, host: ProbeHost): Cancel =>
  host.tryTcp === undefined
    ? attempt(probe, host, null, done)
    : host.tryTcp(probe.target, probe.way, probe.timeout, (end, micros) => done(resultOf(probe, end, micros)));

/** The same each `interval` from `first` on until it fails; null where this machine does not do that. */
export const watchTcp = (
  probe: TcpProbe,
  interval: Duration,
  first: Instant,
  done: Done,
  host: ProbeHost,
): Watch | null =>
  host.watchTcp?.(probe.target, probe.way, probe.timeout, interval, first, (end, micros) =>
    done(resultOf(probe, end, micros)),
  ) ?? null;

function resultOf({ timeout }: TcpProbe, end: Parameters<Parameters<TryTcp>[3]>[0], micros: number): ProbeResult {
  if (end === 'accepted') return { ok: true, reason: null, micros, ours: false };
  if (end === 'late') return { ok: false, reason: lateFor(timeout, 'the connection'), micros, ours: false };
  const { reason, ours } = failed(Object.assign(new Error(end.code), end));
  return { ok: false, reason, micros, ours: ours === true };
}

/** One TCP check: a connection that is accepted in time is a success. */
export const probeTcp = (target: Endpoint, timeout: Duration, done: Done): Cancel =>
  attempt({ target, timeout, way: null }, null, null, done);
