import type { Endpoint } from '../values/endpoint.js';
import type { Duration } from '../values/time.js';
import { attempt, type Cancel, type ProbeResult } from './attempt.js';

/** One TCP check: a connection that is accepted in time is a success. */
export const probeTcp = (target: Endpoint, timeout: Duration, done: (result: ProbeResult) => void): Cancel =>
  attempt(target, timeout, null, done);
