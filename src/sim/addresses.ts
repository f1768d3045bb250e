import type { Addresses, Link, VirtualAddress } from '../ports/addresses.js';
import type { Failure } from '../values/failure.js';
import { formatCidr } from '../values/ip.js';
import { after, type Duration, micros } from '../values/time.js';
import type { VirtualClock } from './clock.js';
import type { SimKernel } from './kernel.js';
import type { SimProcess } from './process.js';

/** The kernel's links and addresses as one process sees and changes them. */
export class SimAddresses implements Addresses {
  /** How long the kernel takes for an answer or a notification. */
  latency: () => Duration = () => micros(100);
  readonly #kernel: SimKernel;
  readonly #process: SimProcess;
  readonly #clock: VirtualClock;

  constructor(kernel: SimKernel, process: SimProcess, clock: VirtualClock) {
    this.#kernel = kernel;
    this.#process = process;
    this.#clock = clock;
  }

  links(): Promise<readonly Link[]> {
    return this.#ask(() => {
      const refusal = this.#kernel.refuse?.('address.list', this.#kernel.name) ?? null;
      if (refusal !== null) throw new Error(`address.list on ${this.#kernel.name}: ${refusal}`);
      return this.#kernel.links();
    });
  }

  add(list: readonly VirtualAddress[]): Promise<readonly (Failure | null)[]> {
    return this.#ask(() => list.map((a) => failure('address.add', a, this.#kernel.add(a), ['EEXIST'])));
  }

  remove(list: readonly VirtualAddress[]): Promise<readonly (Failure | null)[]> {
    const gone = ['EADDRNOTAVAIL', 'ENODEV'];
    return this.#ask(() => list.map((a) => failure('address.remove', a, this.#kernel.remove(a), gone)));
  }

  watch(changed: () => void): { close(): void } {
    let open = true;
    let told = false;
    const stop = this.#kernel.watch(() => {
      if (told) return;
      told = true;
      this.#clock.at(after(this.#clock.now(), this.latency()), () =>
        this.#process.post(() => {
          told = false;
          if (open) changed();
        }),
      );
    });
    return {
      close: () => {
        open = false;
        stop();
      },
    };
  }

  /** The kernel does it when its time has come, also for a process that stalls or dies meanwhile. */
  #ask<T>(answer: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#clock.at(after(this.#clock.now(), this.latency()), () => {
        let tell: () => void;
        try {
          const value = answer();
          tell = () => resolve(value);
        } catch (error) {
          tell = () => reject(error);
        }
        this.#process.post(() => {
          tell();
          this.#clock.settle();
        });
      });
    });
  }
}

function failure(what: string, a: VirtualAddress, code: string | null, fine: readonly string[]): Failure | null {
  if (code === null || fine.includes(code)) return null;
  return { what, code, detail: `${formatCidr(a.cidr)} on ${a.interface}` };
}
