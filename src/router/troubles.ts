import type { Log } from '../values/log.js';

/** What of the surroundings cannot be had, by what it is about: logged when it comes and when it goes. */
export class Troubles {
  readonly #log: Log;
  readonly #standing = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** What stands, readable; null where all is well. */
  of(about: string): string | null {
    return this.#standing.get(about) ?? null;
  }

  /** @param trouble null: well. @param what cannot be done, for the log. */
  tell(about: string, trouble: string | null, what: string): void {
    if (this.of(about) === trouble) return;
    if (trouble === null) {
      this.#standing.delete(about);
      this.#log.info({ about }, `${what}: well again`);
      return;
    }
    this.#standing.set(about, trouble);
    this.#log.error({ about, trouble }, what);
  }
}
