import type { Health } from '../core/status.js';

/** What a server's former check said, in force until its new one has a result. */
export interface Heir {
  readonly health: Health;
  /** ISO 8601. */
  readonly since: string;
}

/** Verdicts that servers keep, by row, while another check than the one that gave them has still to begin. */
export class Inherited {
  readonly #heirs = new Map<string, Heir>();

  get(row: string): Heir | undefined {
    return this.#heirs.get(row);
  }

  keep(row: string, heir: Heir): void {
    if (heir.health !== 'unknown') this.#heirs.set(row, heir);
  }

  /** Takes what it kept for a row. */
  take(row: string): Heir | undefined {
    const heir = this.#heirs.get(row);
    this.#heirs.delete(row);
    return heir;
  }
}
