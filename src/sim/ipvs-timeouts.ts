import { TIMEOUTS, type TimeoutName, type Timeouts } from '../core/ipvs/timeouts.js';
import type { IpvsTimeouts } from '../ports/ipvs-timeouts.js';
import type { Failure } from '../values/failure.js';

/** The kernel's timeouts in memory; a test can break them and meddle with them. */
export class SimTimeouts implements IpvsTimeouts {
  /** As a kernel starts with them. */
  values: Record<TimeoutName, number | null> = { tcp: 900, tcp_fin: 120, udp: 300 };
  /** How often they were read. */
  reads = 0;
  /** Every write that was tried, in order: `tcp=60 udp=30`. */
  readonly tried: string[] = [];
  /** What every call answers; null is healthy. */
  fault: Failure | null = null;

  async read(): Promise<Timeouts | Failure> {
    this.reads += 1;
    return this.fault ?? { ...this.values };
  }

  async write(values: Readonly<Partial<Record<TimeoutName, number>>>): Promise<Failure | null> {
    const given = TIMEOUTS.flatMap((name) => (values[name] === undefined ? [] : [`${name}=${values[name]}`]));
    this.tried.push(given.join(' '));
    if (this.fault !== null) return this.fault;
    for (const name of TIMEOUTS) if (values[name] !== undefined) this.values[name] = values[name];
    return null;
  }
}
