import { z } from 'zod';
import type { Admin } from '../core/status.js';
import { parseEndpoint } from '../values/endpoint.js';
import type { Log } from '../values/log.js';
import type { StateStore } from './state-files.js';
import { Stored, type StoredFile } from './stored.js';

/** What an administrator decided for one row, against configuration and health. */
export interface Override {
  readonly admin: Exclude<Admin, 'ready'>;
  /** ISO 8601, UTC. */
  readonly since: string;
}

const row = z.string().refine((text) => {
  const [, service = '', server = ''] = /^(?:tcp|udp)\/(\S{9,21}) (\S{9,21})$/.exec(text) ?? [];
  return parseEndpoint(service) !== null && parseEndpoint(server) !== null;
}, 'not PROTOCOL/ADDRESS:PORT ADDRESS:PORT');

const file = z.strictObject({
  version: z.literal(1),
  servers: z.record(row, z.strictObject({ admin: z.enum(['drain', 'disabled']), since: z.iso.datetime() })),
});

const overridesFile: StoredFile<Override> = {
  name: 'overrides.json',
  what: 'drains',
  parse: (text) => new Map(Object.entries(file.parse(JSON.parse(text)).servers)),
  format: (rows) => `${JSON.stringify({ version: 1, servers: Object.fromEntries(rows) }, null, 2)}\n`,
};

/**
 * Drains and other overrides, by row. They outlive a restart, and they outlive their server: one that was taken out of
 * the configuration and comes back later is still drained, because nobody said otherwise. Status names such leftovers,
 * and `undrain` forgets them.
 */
export class Overrides {
  readonly #stored: Stored<Override>;

  private constructor(stored: Stored<Override>) {
    this.#stored = stored;
  }

  /** Reads what was stored. @returns the overrides, and what is wrong with their file, or null. */
  static async load(store: StateStore, log: Log): Promise<{ overrides: Overrides; problem: string | null }> {
    const { stored, problem } = await Stored.load(store, overridesFile, log);
    return { overrides: new Overrides(stored), problem };
  }

  admin(row: string): Admin {
    return this.#stored.entries.get(row)?.admin ?? 'ready';
  }

  since(row: string): string | null {
    return this.#stored.entries.get(row)?.since ?? null;
  }

  rows(): Iterable<string> {
    return this.#stored.entries.keys();
  }

  /**
   * Sets (or with null takes back) the override of these rows: stored first, then in force.
   * @throws when it cannot be stored; then nothing has changed.
   */
  set(rows: readonly string[], override: Override | null): Promise<void> {
    return this.#stored.change((entries) => {
      const next = new Map(entries);
      for (const each of rows) {
        if (override === null) next.delete(each);
        // A second drain does not make it younger.
        else if (next.get(each)?.admin !== override.admin) next.set(each, override);
      }
      return next;
    });
  }
}
