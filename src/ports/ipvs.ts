import type { ActualService, ServiceKey, TableChange } from '../core/ipvs/table.js';
import type { Failure } from '../values/failure.js';

/** The kernel's IPVS table of this network namespace, the director's to write. */
export interface IpvsTable {
  /**
   * The services that we could have made (tcp, udp, sctp and marks, of both families), with their destinations.
   * No IPVS in the kernel: a Failure with code `no-ipvs` whose detail says how to load it.
   */
  dump(): Promise<readonly ActualService[] | Failure>;
  /**
   * These services alone, with their destinations; those that are not in the table are left out. Costs what they cost,
   * however large the table is.
   */
  read(keys: readonly ServiceKey[]): Promise<readonly ActualService[] | Failure>;
  /**
   * Applies the changes in order, batched; one that the kernel refuses does not stop the others.
   * @returns one entry each: null, or why not.
   */
  apply(changes: readonly TableChange[]): Promise<readonly (Failure | null)[]>;
}
