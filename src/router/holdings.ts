import type { Addresses, Prompt, VirtualAddress } from '../ports/addresses.js';
import type { Way, Ways } from '../ports/routes.js';
import { type Failure, formatFailure } from '../values/failure.js';
import type { Instant } from '../values/time.js';

/** What comes and goes with the mastership of one instance; the same record each time, it is its own key. */
export interface Estate {
  readonly addresses: readonly VirtualAddress[];
  /** Routes, then rules: laid in this order after the addresses, taken away in the other before them. */
  readonly ways: readonly Way[];
  /** An owner's addresses are the host's own and are never removed. */
  readonly owned: boolean;
}

/** Told once the kernel has answered: null, or what it refused, readable. */
export type Settled = (refusal: string | null) => void;

/** How the routes and rules of an estate stand now. */
export interface Laid {
  /** Those that were not there before. */
  readonly added: readonly Way[];
  readonly refused: readonly Failure[];
}

type Job = { readonly estate: Estate } & (
  | { readonly kind: 'add'; readonly settled: Settled; readonly prompt: Prompt | null }
  | { readonly kind: 'remove'; readonly settled: Settled }
  | { readonly kind: 'lay'; readonly laid: (laid: Laid) => void }
);

/**
 * The order in which addresses, routes and rules come and go. The kernel is asked on another thread; a lock held in
 * there delays them but no advert. One job at a time, so that a removal never overtakes the addition before it; and at
 * most one waits for each estate, the latest, so that nothing piles up behind a kernel that hangs.
 */
export class Holdings {
  readonly #addresses: Addresses;
  readonly #ways: Ways | null;
  #jobs: readonly Job[] = [];
  #running = false;
  #idle: (() => void)[] = [];

  /** @param ways where routes and rules are laid; not needed where no estate has any. */
  constructor(addresses: Addresses, ways: Ways | null = null) {
    this.#addresses = addresses;
    this.#ways = ways;
  }

  /** Adds the addresses. @param prompt left undone where others are before it. */
  add(estate: Estate, settled: Settled, prompt: Prompt | null = null): void {
    this.#enqueue({ kind: 'add', estate, settled, prompt: this.#running ? null : prompt });
  }

  /**
   * Lays the routes and rules that do not stand. Asked for after the addresses were added, and again whenever one may be
   * gone: behind what others wait for.
   */
  lay(estate: Estate, laid: (laid: Laid) => void): void {
    if (estate.ways.length === 0 || this.#jobs.some((waiting) => waiting.estate === estate)) return;
    this.#enqueue({ kind: 'lay', estate, laid });
  }

  /** Removes rules, routes and addresses. */
  remove(estate: Estate, settled: Settled): void {
    this.#enqueue({ kind: 'remove', estate, settled });
  }

  /** Some day this estate will be added. */
  foresee(estate: Estate): void {
    this.#addresses.foresee?.(estate.addresses);
  }

  /** Soon, before `until`, this estate will be added, and is to be quick then. */
  prepare(estate: Estate, until: Instant): void {
    if (!this.#running) this.#addresses.prepare?.(estate.addresses, until);
  }

  /** Resolves when no job is left. */
  async idle(): Promise<void> {
    if (!this.#running) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #enqueue(job: Job): void {
    // What still waits for the same estate is overtaken by this: its answer would be news of yesterday.
    this.#jobs = [...this.#jobs.filter((waiting) => waiting.estate !== job.estate), job];
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
      if (job.kind === 'lay') job.laid(await this.#lay(job.estate));
      else job.settled(await (job.kind === 'add' ? this.#add(job.estate, job.prompt) : this.#remove(job.estate)));
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #add({ addresses }: Estate, prompt: Prompt | null): Promise<string | null> {
    return firstRefusal(() => this.#addresses.add(addresses, prompt));
  }

  async #remove({ addresses, ways, owned }: Estate): Promise<string | null> {
    const back = [...ways].reverse();
    const stays = back.length === 0 ? null : await firstRefusal(async () => (await this.#ways?.remove(back)) ?? []);
    const left = owned ? null : await firstRefusal(() => this.#addresses.remove(addresses));
    return left ?? stays;
  }

  async #lay({ ways }: Estate): Promise<Laid> {
    const all = (code: string): Laid => ({ added: [], refused: [{ what: 'routes', code, detail: '' }] });
    if (this.#ways === null) return all('not-wired');
    try {
      const results = await this.#ways.add(ways);
      return {
        added: ways.filter((_, i) => results[i] === 'added'),
        refused: results.filter((result): result is Failure => typeof result === 'object'),
      };
    } catch (error) {
      return all(error instanceof Error ? error.message : String(error));
    }
  }
}

async function firstRefusal(ask: () => Promise<readonly (Failure | null)[]>): Promise<string | null> {
  try {
    const failure = (await ask()).find((result): result is Failure => result !== null);
    return failure === undefined ? null : formatFailure(failure);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
