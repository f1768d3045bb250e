import type { Instant } from '../values/time.js';

/** What waits in the heap. The heap writes `place`: where it stands, −1 where it does not. */
export interface Waiting {
  /** When it wants to be looked at. */
  wake: Instant;
  place: number;
}

/** A binary heap, the earliest first; an entry knows its place, so that it can be moved and taken out. */
export class AlarmHeap<W extends Waiting> {
  readonly #entries: W[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get first(): W | undefined {
    return this.#entries[0];
  }

  /** Puts it in, or moves it where it stands already. */
  put(entry: W, wake: Instant): void {
    entry.wake = wake;
    if (entry.place < 0) {
      entry.place = this.#entries.length;
      this.#entries.push(entry);
    }
    this.#settle(entry);
  }

  remove(entry: W): void {
    const { place } = entry;
    if (place < 0) return;
    entry.place = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#stand(last, place);
    this.#settle(last);
  }

  #settle(entry: W): void {
    this.#up(entry);
    this.#down(entry);
  }

  #up(entry: W): void {
    while (entry.place > 0) {
      const above = this.#entries[(entry.place - 1) >> 1];
      if (above === undefined || above.wake <= entry.wake) return;
      this.#swap(entry, above);
    }
  }

  #down(entry: W): void {
    for (;;) {
      const left = this.#entries[2 * entry.place + 1];
      const right = this.#entries[2 * entry.place + 2];
      const less = right !== undefined && left !== undefined && right.wake < left.wake ? right : left;
      if (less === undefined || less.wake >= entry.wake) return;
      this.#swap(less, entry);
    }
  }

  #swap(a: W, b: W): void {
    const { place } = a;
    this.#stand(a, b.place);
    this.#stand(b, place);
  }

  #stand(entry: W, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}
