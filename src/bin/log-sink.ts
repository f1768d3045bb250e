import type { Duration } from '../values/time.js';

/** Where text goes in the end. */
export interface Outlet {
  /** Takes what there is room for, without waiting. @returns how many bytes; 0 when there is no room. @throws when broken. */
  put(bytes: Uint8Array): number | Promise<number>;
  /** The same at the end of the process, when nothing can be awaited any more. */
  last(bytes: Uint8Array): number;
}

export interface SinkOptions {
  /** What may wait for a reader, in bytes; lines beyond it are lost. */
  readonly backlog: number;
  /** When an outlet without room is tried again. */
  readonly again: Duration;
  /** Calls back after so long, and does not keep the process alive for it. */
  readonly later: (wait: Duration, call: () => void) => void;
  /** The line that tells how many others were lost, where some were. */
  readonly lost: (lines: number) => string;
}

/**
 * Lines for an outlet whose reader may be slow, stopped or gone, or whose disk may be full. Nothing here ever waits:
 * what there is no room for is lost, counted, and told about when there is room again.
 */
export class LineSink {
  readonly #outlet: Outlet;
  readonly #options: SinkOptions;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #lost = 0;
  #busy = false;

  constructor(outlet: Outlet, options: SinkOptions) {
    this.#outlet = outlet;
    this.#options = options;
  }

  /** A whole line with its line break. Goes out later in this turn, or when there is room. */
  write(line: string): void {
    this.#add(line);
    if (this.#busy) return;
    this.#busy = true;
    void this.#flush();
  }

  /** The process ends: what there is room for goes out now, the rest is lost. */
  end(): void {
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (this.#outlet.last(next) < next.length) return;
      }
    } catch {
      // Nobody is left to be told.
    }
  }

  #add(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > this.#options.backlog) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
  }

  async #flush(): Promise<void> {
    // Later in this turn: whoever logs may have something more urgent to do first.
    await Promise.resolve();
    try {
      for (let next = this.#next(); next !== null; next = this.#next()) {
        const taken = await this.#outlet.put(next);
        if (taken === next.length) continue;
        this.#waiting.unshift(next.subarray(taken));
        this.#bytes += next.length - taken;
        if (taken > 0) continue;
        this.#options.later(this.#options.again, () => void this.#flush());
        return;
      }
    } catch {
      // Broken: the next line tries again. This one, and those behind it, nobody will ever read.
      this.#lost += 1 + this.#waiting.length;
      this.#waiting.length = 0;
      this.#bytes = 0;
    }
    this.#busy = false;
  }

  /** The line about lost ones comes when all that waited is out. */
  #next(): Uint8Array | null {
    if (this.#lost > 0 && this.#waiting.length === 0) {
      const line = this.#options.lost(this.#lost);
      this.#lost = 0;
      this.#add(line);
    }
    const next = this.#waiting.shift() ?? null;
    this.#bytes -= next?.length ?? 0;
    return next;
  }
}
