import type { DirectorEvent } from '../core/status.js';

/** What happened, before it has its number. */
export type Happening = Omit<DirectorEvent, 'sequence'>;

/** So many events are kept for `directorctl events`. */
const KEPT = 1_000;

/** The latest events, and who wants to hear of new ones. */
export class Events {
  readonly #kept: DirectorEvent[] = [];
  readonly #listeners = new Set<(event: DirectorEvent) => void>();
  #sequence = 0;

  add(happening: Happening): void {
    this.#sequence += 1;
    const event: DirectorEvent = { sequence: this.#sequence, ...happening };
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** The latest ones, oldest first, at most `count`. */
  recent(count: number): readonly DirectorEvent[] {
    return count <= 0 ? [] : this.#kept.slice(-count);
  }

  /** Calls back for each event from now on. @returns what ends it. */
  subscribe(listener: (event: DirectorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
