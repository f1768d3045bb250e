import type { SwitchName, SwitchReading } from '../core/ipvs/switches.js';
import type { Failure } from '../values/failure.js';

/** The kernel's switches of IPVS, those of this network namespace. */
export interface KernelSwitches {
  /**
   * What tells this kernel, since its start, and this network namespace from others: what was remembered for another one
   * means nothing here.
   */
  identity(): Promise<string>;
  /** All of them, null for those that are not there. */
  read(): Promise<SwitchReading | Failure>;
  /** @returns null, or why not. */
  write(name: SwitchName, value: number): Promise<Failure | null>;
}
