import { z } from 'zod';
import type { Log } from '../values/log.js';
import type { StateStore } from './state-files.js';
import { explain, Stored, type StoredFile, versionIn } from './stored.js';

/** Since when an instance is held BACKUP by `directorctl failover`. */
interface Hold {
  /** ISO 8601, UTC. */
  readonly since: string;
}

const file = z.strictObject({
  version: z.literal(1),
  instances: z.record(z.string().min(1).max(63), z.strictObject({ since: z.iso.datetime() })),
});

const holdsFile: StoredFile<Hold> = {
  name: 'failovers.json',
  what: 'failovers',
  parse: (text) => {
    const json: unknown = JSON.parse(text);
    versionIn(json, [1]);
    return new Map(Object.entries(file.parse(json).instances));
  },
  format: (entries) => `${JSON.stringify({ version: 1, instances: Object.fromEntries(entries) }, null, 2)}\n`,
};

/** By instance, since when it is held BACKUP. */
export type HeldSince = ReadonlyMap<string, string>;

const sinceOf = (entries: ReadonlyMap<string, Hold>): HeldSince =>
  new Map([...entries].map(([name, hold]) => [name, hold.since]));

/**
 * The instances that are held BACKUP until `directorctl resume`, also over a restart of the service. Like a drain, a
 * hold outlives its instance: status names it, and `resume` forgets it.
 */
export class Holds {
  readonly #stored: Stored<Hold>;

  private constructor(stored: Stored<Hold>) {
    this.#stored = stored;
  }

  /** Reads what was stored. @returns the holds, and what is wrong with their file, or null. */
  static async load(store: StateStore, log: Log): Promise<{ holds: Holds; problem: string | null }> {
    const { stored, problem } = await Stored.load(store, holdsFile, log);
    return { holds: new Holds(stored), problem };
  }

  get since(): HeldSince {
    return sinceOf(this.#stored.entries);
  }

  /** Writes what is stored once more. @throws when a hold could not be stored now. */
  probe(): Promise<void> {
    return this.#stored.change((entries) => entries);
  }

  /** Holds these instances (`since` when), or with null does not. @throws when it cannot be stored. */
  set(names: readonly string[], since: string | null): Promise<void> {
    return this.#stored.change((entries) => {
      const next = new Map(entries);
      for (const name of names) {
        if (since === null) next.delete(name);
        else if (!next.has(name)) next.set(name, { since });
      }
      return next;
    });
  }
}

/** For the router, before it starts: reads, and changes nothing. What makes no sense holds nobody, and is logged. */
export async function readHolds(store: StateStore, log: Log): Promise<HeldSince> {
  try {
    const text = await store.read(holdsFile.name);
    return text === null ? new Map() : sinceOf(holdsFile.parse(text));
  } catch (error) {
    log.error({ place: store.place }, `stored failovers are not in force: ${explain(error)}`);
    return new Map();
  }
}
