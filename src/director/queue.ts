/**
 * Ids that wait for their turn, each once, first come first served; whoever put some in can wait until they have been
 * dealt with.
 */
export class Queue {
  /** By the number of the call that put it in: these rise. */
  readonly #waiting = new Map<string, number>();
  readonly #waiters: { readonly number: number; readonly resolve: () => void }[] = [];
  #number = 0;

  get size(): number {
    return this.#waiting.size;
  }

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  /** Resolves when `settled` is called and none of them waits any more; what waits already keeps its place. */
  add(ids: Iterable<string>): Promise<void> {
    this.#number += 1;
    const number = this.#number;
    for (const id of ids) if (!this.#waiting.has(id)) this.#waiting.set(id, number);
    return new Promise((resolve) => {
      this.#waiters.push({ number, resolve });
    });
  }

  /** Whether anything is to be done: ids that wait, or somebody who waits for `settled`. */
  get busy(): boolean {
    return this.#waiting.size > 0 || this.#waiters.length > 0;
  }

  /** Takes out at most so many. */
  take(most: number): string[] {
    const ids: string[] = [];
    for (const id of this.#waiting.keys()) {
      if (ids.length >= most) break;
      ids.push(id);
    }
    for (const id of ids) this.#waiting.delete(id);
    return ids;
  }

  /** What was taken has been dealt with. */
  settled(): void {
    const [oldest = Number.POSITIVE_INFINITY] = this.#waiting.values();
    while ((this.#waiters[0]?.number ?? Number.POSITIVE_INFINITY) < oldest) this.#waiters.shift()?.resolve();
  }

  /** Nothing waits any more, and nobody. */
  clear(): void {
    this.#waiting.clear();
    this.settled();
  }
}
