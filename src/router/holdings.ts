import type { Addresses, VirtualAddress } from '../ports/addresses.js';
import { type Failure, formatFailure } from '../values/failure.js';
import type { Instant } from '../values/time.js';

/** Told once the kernel has answered: null, or what it refused, readable. */
export type Settled = (refusal: string | null) => void;

interface Job {
  readonly kind: 'add' | 'remove';
  readonly list: readonly VirtualAddress[];
  readonly settled: Settled;
}

/**
 * The order in which addresses come and go. The kernel is asked on another thread; a lock held in there delays the
 * addresses but no advert. One job at a time, so that a removal never overtakes the addition before it; and at most one
 * waits for each list, the latest, so that nothing piles up behind a kernel that hangs.
 */
export class Holdings {
  readonly #addresses: Addresses;
  #jobs: readonly Job[] = [];
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

  /** Soon, before `until`, this list will be added, and is to be quick then. */
  prepare(list: readonly VirtualAddress[], until: Instant): void {
    if (!this.#running) this.#addresses.prepare?.(list, until);
  }

  /** Resolves when no job is left. */
  async idle(): Promise<void> {
    if (!this.#running) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #enqueue(job: Job): void {
    // What still waits for the same addresses is overtaken by this: its answer would be news of yesterday.
    this.#jobs = [...this.#jobs.filter((waiting) => waiting.list !== job.list), job];
    if (!this.#running) void this.#run();
  }

  #next(): Job | null {
    const [first = null, ...rest] = this.#jobs;
    this.#jobs = rest;
    return first;
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let job = this.#next(); job !== null; job = this.#next()) {
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
