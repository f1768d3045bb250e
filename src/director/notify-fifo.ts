import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { Log } from '../values/log.js';
import { after, millis, seconds } from '../values/time.js';

/** The writing end of a FIFO. */
export interface FifoWriter {
  /** There was none: opening made it. */
  readonly made: boolean;
  /** Writes the whole line or nothing. @returns false when the pipe is full. @throws when it is gone. */
  write(line: string): boolean;
  close(): void;
}

/** Opens a FIFO, which it makes where there is none. @throws Error with a sentence that says what would be right. */
export type OpenFifo = (path: string) => Promise<FifoWriter>;

export interface NotifyFifoDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly openFifo: OpenFifo;
}

/** A full pipe is tried again after this, one that cannot be opened after that. */
const FULL_AGAIN = millis(50);
const OPEN_AGAIN = seconds(5);

/** A line that waits for the pipe. */
export interface Line {
  readonly text: string;
  readonly written: () => void;
}

/**
 * Lines for whoever reads the FIFO. It is open for reading too, so that lines wait in the pipe for a reader who is not
 * there yet. What the pipe does not take waits here, in order; how much, the router bounds.
 */
export class NotifyFifo {
  readonly #path: string;
  readonly #deps: NotifyFifoDeps;
  readonly #opened: (made: boolean) => void;
  readonly #alarm: Alarm;
  #lines: readonly Line[] = [];
  #fifo: FifoWriter | null = null;
  #opening = false;
  #stopped = false;
  #trouble: string | null = null;

  /** @param opened told each time that it is open, and whether it was made; also where it was stopped meanwhile. */
  constructor(path: string, deps: NotifyFifoDeps, opened: (made: boolean) => void) {
    this.#path = path;
    this.#deps = deps;
    this.#opened = opened;
    this.#alarm = deps.alarms.alarm(() => this.#flush());
  }

  /** Opens it without a line to write: a reader may wait for it, and what is wrong with it is known. */
  begin(): void {
    this.#flush();
  }

  /** @param written called when the line is in the pipe. */
  write(text: string, written: () => void): void {
    this.#lines = [...this.#lines, { text, written }];
    this.#flush();
  }

  /** What is wrong with it now, or null. */
  get problem(): string | null {
    return this.#trouble;
  }

  get idle(): boolean {
    return this.#lines.length === 0;
  }

  /** Stops. @returns the lines that were not written. */
  retire(): readonly Line[] {
    const lines = this.#lines;
    this.#lines = [];
    this.stop();
    return lines;
  }

  stop(): void {
    this.#stopped = true;
    this.#alarm.close();
    this.#fifo?.close();
    this.#fifo = null;
  }

  #flush(): void {
    if (this.#stopped) return;
    if (this.#fifo === null) {
      void this.#open();
      return;
    }
    try {
      for (const line of this.#lines) {
        if (!this.#fifo.write(line.text)) {
          this.#say(`notify_fifo ${this.#path} is full: nobody reads it, and lines wait`);
          this.#alarm.set(after(this.#deps.clock.now(), FULL_AGAIN));
          return;
        }
        this.#lines = this.#lines.slice(1);
        line.written();
      }
      this.#say(null);
    } catch (error) {
      this.#fifo.close();
      this.#fifo = null;
      this.#fail(error);
    }
  }

  async #open(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    try {
      const fifo = await this.#deps.openFifo(this.#path);
      if (this.#stopped) fifo.close();
      else this.#fifo = fifo;
      this.#opened(fifo.made);
      this.#opening = false;
      this.#flush();
    } catch (error) {
      this.#opening = false;
      if (!this.#stopped) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#say(`notify_fifo: ${error instanceof Error ? error.message : String(error)}`);
    this.#alarm.set(after(this.#deps.clock.now(), OPEN_AGAIN));
  }

  #say(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble === null) this.#deps.log.info({ path: this.#path }, `notify_fifo ${this.#path}: well again`);
    else this.#deps.log.error({ path: this.#path }, trouble);
  }
}
