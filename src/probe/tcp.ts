import type { Endpoint } from '../values/endpoint.js';
import type { Duration } from '../values/time.js';
import { attempt, type Cancel, type Done } from './attempt.js';
import type { Base, ProbeHost } from './host.js';

/** Proves that the port accepts a connection in time. */
export interface TcpProbe extends Base {
  readonly kind: 'tcp';
}

export const prepareTcp = (_: unknown, base: Base): TcpProbe => ({ kind: 'tcp', ...base });

export const startTcp = (probe: TcpProbe, done: Done, host: ProbeHost): Cancel => attempt(probe, host, null, done);

/** One TCP check: a connection that is accepted in time is a success. */
export const probeTcp = (target: Endpoint, timeout: Duration, done: Done): Cancel =>
  attempt({ target, timeout, way: null }, null, null, done);
