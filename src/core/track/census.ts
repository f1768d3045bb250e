import { isMeant, type ProcessFacts } from './process.js';

/** Which living processes are meant by which names, kept up to date one process at a time. */
export class Census {
  readonly #wanted: readonly string[];
  readonly #counts: number[];
  /** By process id, the places of the names that mean it. */
  readonly #living = new Map<number, readonly number[]>();

  constructor(wanted: readonly string[]) {
    this.#wanted = wanted;
    this.#counts = wanted.map(() => 0);
  }

  /** How many processes each name has. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  /** The processes that are counted. */
  get pids(): readonly number[] {
    return [...this.#living.keys()];
  }

  has(pid: number): boolean {
    return this.#living.has(pid);
  }

  /** What a process is now, null when it does not live. @returns whether a count changed. */
  see(pid: number, facts: ProcessFacts | null): boolean {
    const before = this.#living.get(pid) ?? [];
    const now = facts === null ? [] : [...this.#wanted.keys()].filter((i) => isMeant(this.#wanted[i] ?? '', facts));
    for (const i of before) this.#counts[i] = (this.#counts[i] ?? 0) - 1;
    for (const i of now) this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    if (now.length === 0) this.#living.delete(pid);
    else this.#living.set(pid, now);
    return before.join() !== now.join();
  }
}
