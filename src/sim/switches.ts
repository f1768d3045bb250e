import type { SwitchName, SwitchReading } from '../core/ipvs/switches.js';
import type { KernelSwitches } from '../ports/switches.js';
import type { Failure } from '../values/failure.js';

/** The kernel's switches in memory; a test can break them and meddle with them. */
export class SimSwitches implements KernelSwitches {
  /** As a kernel starts with them. */
  values: Record<SwitchName, number | null> = {
    conn_reuse_mode: 1,
    expire_nodest_conn: 0,
    expire_quiescent_template: 0,
  };
  /** Every write that was tried, in order: `expire_nodest_conn=1`. */
  readonly tried: string[] = [];
  /** The code that every write is refused with, `EROFS`; null: none is. */
  refuses: string | null = null;
  kernel = 'boot-1 net:[1]';

  async identity(): Promise<string> {
    return this.kernel;
  }

  async read(): Promise<SwitchReading | Failure> {
    return { ...this.values };
  }

  async write(name: SwitchName, value: number): Promise<Failure | null> {
    this.tried.push(`${name}=${value}`);
    if (this.refuses !== null) {
      return { what: 'switch.write', code: this.refuses, detail: `net.ipv4.vs.${name}` };
    }
    if (this.values[name] === null) return { what: 'switch.write', code: 'ENOENT', detail: `net.ipv4.vs.${name}` };
    this.values[name] = value;
    return null;
  }
}
