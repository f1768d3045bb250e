import { z } from 'zod';
import { MAX_WEIGHT } from '../control/protocol.js';
import type { Admin } from '../core/status.js';
import type { Log } from '../values/log.js';
import { parseRowId } from '../values/service-key.js';
import type { StateStore } from './state-files.js';
import { Stored, type StoredFile, versionIn } from './stored.js';

/** Since when something holds, and who asked for it. */
export interface Asked {
  /** ISO 8601, UTC. */
  readonly since: string;
  /** `uid 0, pid 4242`; null where that is not known. */
  readonly by: string | null;
}

/** What an administrator decided for one row, against configuration and health: each by itself, and taken back by itself. */
export interface Override {
  readonly drain?: Asked | undefined;
  /** Wins over a drain. */
  readonly disabled?: Asked | undefined;
  /** Instead of the configured weight; a drain wins over it. */
  readonly weight?: (Asked & { readonly value: number }) | undefined;
}

const row = z.string().refine((text) => parseRowId(text) !== null, 'not PROTOCOL/ADDRESS:PORT ADDRESS:PORT');

const asked = { since: z.iso.datetime(), by: z.string().max(200).nullable() };
const override = z
  .strictObject({
    drain: z.strictObject(asked).optional(),
    disabled: z.strictObject(asked).optional(),
    weight: z.strictObject({ ...asked, value: z.int().min(0).max(MAX_WEIGHT) }).optional(),
  })
  .refine((entry) => !isEmpty(entry), 'an entry that says nothing');

const file = z.strictObject({ version: z.literal(2), servers: z.record(row, override) });

/** As 1.0 wrote it: drains, and nobody's name. */
const older = z.strictObject({
  version: z.literal(1),
  servers: z.record(row, z.strictObject({ admin: z.enum(['drain', 'disabled']), since: z.iso.datetime() })),
});

function parse(text: string): ReadonlyMap<string, Override> {
  const json: unknown = JSON.parse(text);
  if (versionIn(json, [1, 2]) === 2) return new Map(Object.entries(file.parse(json).servers));
  const entries = Object.entries(older.parse(json).servers);
  return new Map(entries.map(([id, { admin, since }]) => [id, { [admin]: { since, by: null } }]));
}

const overridesFile: StoredFile<Override> = {
  name: 'overrides.json',
  what: 'drains and other overrides',
  parse,
  format: (rows) => `${JSON.stringify({ version: 2, servers: Object.fromEntries(rows) }, null, 2)}\n`,
};

const NOTHING: Override = Object.freeze({});

const isEmpty = (o: Override): boolean => o.drain === undefined && o.disabled === undefined && o.weight === undefined;

/**
 * Drains and other overrides, by row. They outlive a restart, and they outlive their server: one that was taken out of
 * the configuration and comes back later is still drained, because nobody said otherwise. Status names such leftovers,
 * and the verbs that take them back forget them.
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

  get(row: string): Override {
    return this.#stored.entries.get(row) ?? NOTHING;
  }

  admin(row: string): Admin {
    const { drain, disabled } = this.get(row);
    return disabled !== undefined ? 'disabled' : drain !== undefined ? 'drain' : 'ready';
  }

  /** The administrator's weight; null for the configured one. */
  weight(row: string): number | null {
    return this.get(row).weight?.value ?? null;
  }

  /** All of them, by row: another object after each change. */
  get all(): ReadonlyMap<string, Override> {
    return this.#stored.entries;
  }

  get isEmpty(): boolean {
    return this.#stored.entries.size === 0;
  }

  rows(): Iterable<string> {
    return this.#stored.entries.keys();
  }

  /**
   * Changes the overrides of these rows: stored first, then in force.
   * @throws when it cannot be stored; then nothing has changed.
   */
  change(rows: readonly string[], edit: (was: Override, row: string) => Override): Promise<void> {
    return this.#stored.change((entries) => {
      const next = new Map(entries);
      for (const each of rows) {
        const becomes = edit(next.get(each) ?? NOTHING, each);
        if (isEmpty(becomes)) next.delete(each);
        else next.set(each, becomes);
      }
      return next;
    });
  }
}
