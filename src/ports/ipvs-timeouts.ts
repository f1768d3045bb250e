import type { TimeoutName, Timeouts } from '../core/ipvs/timeouts.js';
import type { Failure } from '../values/failure.js';

/** The kernel's timeouts of connections, those of this network namespace. */
export interface IpvsTimeouts {
  read(): Promise<Timeouts | Failure>;
  /** Sets these; the others stay as they are. @returns null, or why not. */
  write(values: Readonly<Partial<Record<TimeoutName, number>>>): Promise<Failure | null>;
}
