import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';

/** Sees who else says that he has one of our addresses. */
export interface Claims {
  /**
   * Listens on the interface for ARP and neighbour advertisements that name one of these addresses; ours among them,
   * for whoever listens knows which hardware addresses are ours. Looked at some ten times a second; of a flood a sample.
   */
  watch(
    interfaceName: string,
    addresses: readonly Ip[],
    seen: (address: Ip, hardware: string) => void,
  ): ClaimWatch | Failure;
}

export interface ClaimWatch {
  /** A second close does nothing. */
  close(): void;
}
