/** Something that happens at a time; equal times happen in the order of their numbers. */
export interface Entry {
  readonly at: number;
  readonly order: number;
}

/** A binary heap: the earliest entry first. */
export class Queue<E extends Entry> {
  readonly #heap: E[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest entry, left where it is. */
  get first(): E | undefined {
    return this.#heap[0];
  }

  push(entry: E): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up] as E;
      if (!earlier(entry, parent)) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = entry;
  }

  /** Takes the earliest entry out. */
  shift(): E | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1] as E, heap[child] as E)) child += 1;
      if (!earlier(heap[child] as E, last)) break;
      heap[i] = heap[child] as E;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

const earlier = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
