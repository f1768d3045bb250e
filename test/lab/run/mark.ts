/**
 * Passes a stream on until a mark in it, which is kept back, whole or in parts. What follows the mark is kept for the caller.
 */
export class UntilMark {
  #held = Buffer.alloc(0);
  #seen = false;
  readonly #mark: Buffer;
  readonly #pass: (chunk: Buffer) => void;

  constructor(mark: string, pass: (chunk: Buffer) => void) {
    this.#mark = Buffer.from(mark);
    this.#pass = pass;
  }

  get seen(): boolean {
    return this.#seen;
  }

  /** What came after the mark. */
  get rest(): string {
    return this.#seen ? this.#held.toString() : '';
  }

  push(chunk: Buffer): void {
    const all = Buffer.concat([this.#held, chunk]);
    const at = this.#seen ? -1 : all.indexOf(this.#mark);
    if (this.#seen) {
      this.#held = all;
    } else if (at >= 0) {
      this.#seen = true;
      this.#send(all.subarray(0, at));
      this.#held = all.subarray(at + this.#mark.length);
    } else {
      const keep = this.#partAtEnd(all);
      this.#send(all.subarray(0, all.length - keep));
      this.#held = all.subarray(all.length - keep);
    }
  }

  /** How many bytes at the end may be the mark's beginning. */
  #partAtEnd(all: Buffer): number {
    for (let length = Math.min(this.#mark.length - 1, all.length); length > 0; length -= 1) {
      if (all.subarray(all.length - length).equals(this.#mark.subarray(0, length))) {
        return length;
      }
    }
    return 0;
  }

  #send(chunk: Buffer): void {
    if (chunk.length > 0) {
      this.#pass(chunk);
    }
  }
}
