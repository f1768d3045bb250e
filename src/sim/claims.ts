import type { Claims, ClaimWatch } from '../ports/claims.js';
import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import type { SimKernel } from './kernel.js';
import type { SimProcess } from './process.js';

/** What the announcements on a simulated segment say; its frames carry no hardware address, so a stand-in is named. */
export class SimClaims implements Claims {
  readonly #kernel: SimKernel;
  readonly #process: SimProcess;

  constructor(kernel: SimKernel, process: SimProcess) {
    this.#kernel = kernel;
    this.#process = process;
  }

  watch(
    interfaceName: string,
    addresses: readonly Ip[],
    seen: (address: Ip, hardware: string) => void,
  ): ClaimWatch | Failure {
    const leave = this.#kernel.join(interfaceName, (frame) => {
      if (frame.kind !== 'announcement' || !addresses.includes(frame.address)) return;
      this.#process.post(() => seen(frame.address, NEIGHBOUR));
    });
    return leave === null ? { what: 'claims.watch', code: 'ENODEV', detail: interfaceName } : { close: leave };
  }
}

const NEIGHBOUR = '02:00:00:00:ff:ff';
