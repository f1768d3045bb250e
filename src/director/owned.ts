import { z } from 'zod';
import type { Log } from '../values/log.js';
import { parseServiceId } from '../values/service-key.js';
import type { StateStore } from './state-files.js';

const NAME = 'services.json';

const file = z.strictObject({
  version: z.literal(1),
  services: z.array(z.string().refine((text) => parseServiceId(text) !== null, 'no service')).max(100_000),
});

/**
 * The services in the kernel's table that are ours, by id: made or adopted by us. Stored before the table is touched,
 * so that a service that was taken out of the file while we were down is removed, and nobody else's ever is.
 */
export class Owned {
  readonly #store: StateStore;
  #ids: ReadonlySet<string>;
  #stored: ReadonlySet<string>;

  private constructor(store: StateStore, ids: ReadonlySet<string>) {
    this.#store = store;
    this.#ids = ids;
    this.#stored = ids;
  }

  /** Reads what was stored. Without it, nothing but what is configured counts as ours. */
  static async load(store: StateStore, log: Log): Promise<Owned> {
    try {
      const text = await store.read(NAME);
      if (text === null) return new Owned(store, new Set());
      return new Owned(store, new Set(file.parse(JSON.parse(text)).services));
    } catch (error) {
      const why = error instanceof Error ? error.message.slice(0, 300) : String(error);
      log.error(
        { place: store.place, why },
        `${NAME} makes no sense: services that left the configuration meanwhile stay in the table; ipvsadm -D removes them`,
      );
      return new Owned(store, new Set());
    }
  }

  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** Nothing is written where that stands there already. @throws when it cannot be stored. */
  async set(ids: ReadonlySet<string>): Promise<void> {
    // In force even where it cannot be stored: what was made by this process is ours while it runs.
    this.#ids = ids;
    if (ids.size === this.#stored.size && [...ids].every((id) => this.#stored.has(id))) return;
    await this.#store.write(NAME, `${JSON.stringify({ version: 1, services: [...ids] })}\n`);
    this.#stored = ids;
  }
}
