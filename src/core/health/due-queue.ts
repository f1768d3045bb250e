import type { Instant } from '../../values/time.js';

/** Something that is due at a time. The queue moves it by `due` and keeps its place in `slot`. */
export interface Due {
  due: Instant;
  /** Index in the queue, −1 while in none. Only the queue writes it. */
  slot: number;
}

/** A binary heap over records that carry their own place: adding and taking allocate nothing. Earliest first. */
export class DueQueue<T extends Due> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest one, left in place. */
  peek(): T | undefined {
    return this.#heap[0];
  }

  add(item: T): void {
    item.slot = this.#heap.length;
    this.#heap.push(item);
    this.#up(item);
  }

  /** Takes the earliest one out. */
  take(): T | undefined {
    const first = this.#heap[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Does nothing for an item that is not in the queue. */
  remove(item: T): void {
    const { slot } = item;
    if (slot < 0) return;
    item.slot = -1;
    const last = this.#heap.pop() as T;
    if (last === item) return;
    this.#heap[slot] = last;
    last.slot = slot;
    this.#up(last);
    this.#down(last);
  }

  #up(item: T): void {
    for (;;) {
      const parent = this.#heap[(item.slot - 1) >> 1];
      if (item.slot === 0 || parent === undefined || parent.due <= item.due) return;
      this.#swap(parent, item);
    }
  }

  #down(item: T): void {
    for (;;) {
      const left = this.#heap[2 * item.slot + 1];
      const right = this.#heap[2 * item.slot + 2];
      const child = left !== undefined && right !== undefined && right.due < left.due ? right : left;
      if (child === undefined || child.due >= item.due) return;
      this.#swap(item, child);
    }
  }

  /** Exchanges a parent and its child. */
  #swap(a: T, b: T): void {
    const slot = a.slot;
    a.slot = b.slot;
    b.slot = slot;
    this.#heap[a.slot] = a;
    this.#heap[b.slot] = b;
  }
}
