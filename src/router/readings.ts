import type { Addresses, Link } from '../ports/addresses.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { after, type Duration, type Instant, seconds } from '../values/time.js';

/** After the kernel refused a dump, when it is asked again. */
const RETRY_AFTER = seconds(5);

export interface ReadingsDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly addresses: Addresses;
}

export interface Reader {
  /** What the kernel has. @param readAt when it was asked. */
  readonly look: (links: readonly Link[], readAt: Instant) => void;
  /** It cannot be read, readable; null when it was. */
  readonly trouble: (trouble: string | null) => void;
}

/** Reads links and addresses: one reading at a time, and one more when something changed meanwhile. */
export class Readings {
  readonly #deps: ReadingsDeps;
  readonly #reader: Reader;
  readonly #retry: Alarm;
  #reading = false;
  #again = false;
  #open = true;

  constructor(deps: ReadingsDeps, reader: Reader) {
    this.#deps = deps;
    this.#reader = reader;
    this.#retry = deps.alarms.alarm(() => this.ask());
  }

  /** Reads again. */
  ask(): void {
    if (!this.#open) return;
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    const readAt = this.#deps.clock.now();
    this.#deps.addresses.links().then(
      (links) => {
        this.#reader.trouble(null);
        if (this.#open) this.#reader.look(links, readAt);
        this.#readOn();
      },
      (error: unknown) => {
        this.#reader.trouble(error instanceof Error ? error.message : String(error));
        this.later(RETRY_AFTER);
        this.#readOn();
      },
    );
  }

  /** Reads again after so long. */
  later(wait: Duration): void {
    if (this.#open) this.#retry.set(after(this.#deps.clock.now(), wait));
  }

  /** Nothing is read, and nobody told of what is under way. */
  close(): void {
    this.#open = false;
    this.#retry.close();
  }

  #readOn(): void {
    this.#reading = false;
    if (!this.#again) return;
    this.#again = false;
    this.ask();
  }
}
