import { z } from 'zod';
import type { Admin } from '../core/status.js';
import { parseEndpoint } from '../values/endpoint.js';
import type { Log } from '../values/log.js';
import type { StateStore } from './state-files.js';

/** What an administrator decided for one row, against configuration and health. */
export interface Override {
  readonly admin: Exclude<Admin, 'ready'>;
  /** ISO 8601, UTC. */
  readonly since: string;
}

const NAME = 'overrides.json';

const row = z.string().refine((text) => {
  const [, service = '', server = ''] = /^(?:tcp|udp)\/(\S{9,21}) (\S{9,21})$/.exec(text) ?? [];
  return parseEndpoint(service) !== null && parseEndpoint(server) !== null;
}, 'not PROTOCOL/ADDRESS:PORT ADDRESS:PORT');

const file = z.strictObject({
  version: z.literal(1),
  servers: z.record(row, z.strictObject({ admin: z.enum(['drain', 'disabled']), since: z.iso.datetime() })),
});

/**
 * Drains and other overrides, by row. They outlive a restart, and they outlive their server: one that was taken out of
 * the configuration and comes back later is still drained, because nobody said otherwise. Status names such leftovers,
 * and `undrain` forgets them.
 */
export class Overrides {
  readonly #store: StateStore;
  #rows: ReadonlyMap<string, Override>;
  /** What is stored could not be read, and is not known. */
  #unread = false;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(store: StateStore, rows: ReadonlyMap<string, Override>) {
    this.#store = store;
    this.#rows = rows;
  }

  /**
   * Reads what was stored. A file that makes no sense is set aside and starts empty: one error in the log, no failure.
   * @returns the overrides, and what is wrong with their file, or null.
   */
  static async load(store: StateStore, log: Log): Promise<{ overrides: Overrides; problem: string | null }> {
    const empty = new Overrides(store, new Map());
    const complain = (problem: string) => {
      log.error({ place: store.place }, problem);
      return { overrides: empty, problem };
    };
    let text: string | null;
    try {
      text = await store.read(NAME);
    } catch (error) {
      empty.#unread = true;
      return complain(`stored drains cannot be read, so none is in force: ${messageOf(error)}`);
    }
    if (text === null) return { overrides: empty, problem: null };
    try {
      return { overrides: new Overrides(store, parse(text)), problem: null };
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error).split('\n').join(' ') : messageOf(error);
      const aside = await store.setAside(NAME).catch((e) => `${NAME} (it cannot be renamed: ${messageOf(e)})`);
      return complain(
        `stored drains make no sense, so none is in force; they lie in ${aside} now: ${why.slice(0, 300)}`,
      );
    }
  }

  admin(row: string): Admin {
    return this.#rows.get(row)?.admin ?? 'ready';
  }

  since(row: string): string | null {
    return this.#rows.get(row)?.since ?? null;
  }

  rows(): Iterable<string> {
    return this.#rows.keys();
  }

  /**
   * Sets (or with null takes back) the override of these rows: stored first, then in force.
   * @throws when it cannot be stored; then nothing has changed.
   */
  set(rows: readonly string[], override: Override | null): Promise<void> {
    const write = async (): Promise<void> => {
      if (this.#unread) await this.#readAgain();
      const next = new Map(this.#rows);
      for (const each of rows) {
        if (override === null) next.delete(each);
        // A second drain does not make it younger.
        else if (next.get(each)?.admin !== override.admin) next.set(each, override);
      }
      await this.#store.write(NAME, `${JSON.stringify({ version: 1, servers: Object.fromEntries(next) }, null, 2)}\n`);
      this.#rows = next;
    };
    const turn = this.#writing.then(write);
    this.#writing = turn.catch(() => {});
    return turn;
  }

  /** Nothing may be written over what was never read. @throws when it still cannot be read, or makes no sense. */
  async #readAgain(): Promise<void> {
    const text = await this.#store.read(NAME);
    if (text !== null) this.#rows = parse(text);
    this.#unread = false;
  }
}

const parse = (text: string): Map<string, Override> => new Map(Object.entries(file.parse(JSON.parse(text)).servers));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
