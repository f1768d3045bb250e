import type { Addresses, VirtualAddress } from '../ports/addresses.js';
import { type Failure, formatFailure } from '../values/failure.js';

/** Told once the kernel has answered: null, or what it refused, readable. */
export type Settled = (refusal: string | null) => void;

interface Job {
  readonly kind: 'add' | 'remove';
  readonly list: readonly VirtualAddress[];
  readonly settled: Settled;
}

/**
 * The order in which addresses come and go. The kernel is asked on another thread; a lock held in there delays the
 * addresses but no advert. One job at a time, so that a removal never overtakes the addition before it.
 */
export class Holdings {
  readonly #addresses: Addresses;
  readonly #jobs: Job[] = [];
  #running = false;
  #idle: (() => void)[] = [];

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  add(list: readonly VirtualAddress[], settled: Settled): void {
    this.#enqueue({ kind: 'add', list, settled });
  }

  remove(list: readonly VirtualAddress[], settled: Settled): void {
    this.#enqueue({ kind: 'remove', list, settled });
  }

  /** Resolves when no job is left. */
  async idle(): Promise<void> {
    if (!this.#running) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #enqueue(job: Job): void {
    this.#jobs.push(job);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      job.settled(await this.#ask(job));
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #ask(job: Job): Promise<string | null> {
    try {
      const results = await this.#addresses[job.kind](job.list);
      const failure = results.find((result): result is Failure => result !== null);
      return failure === undefined ? null : formatFailure(failure);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
