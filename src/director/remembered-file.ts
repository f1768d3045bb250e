import { z } from 'zod';
import { type Memory, sameMemory } from '../core/ipvs/remembered.js';
import type { Log } from '../values/log.js';
import type { StateStore } from './state-files.js';
import { explain, messageOf, versionIn } from './stored.js';

const remembered = z.strictObject({ original: z.int(), ours: z.int() });

/** Which file it is, and what stands in it. */
export interface RememberedKind<N extends string> {
  readonly file: string;
  /** The key of the values in the file, and what they are called: `switches`. */
  readonly what: string;
  readonly names: readonly [N, ...N[]];
}

/** What values of the kernel were before us, in the state directory: for this kernel since its start, and no other. */
export class RememberedFile<N extends string> {
  readonly #store: StateStore;
  readonly #kind: RememberedKind<N>;
  readonly #kernel: string;
  #entries: Memory<N>;

  private constructor(store: StateStore, kind: RememberedKind<N>, kernel: string, entries: Memory<N>) {
    this.#store = store;
    this.#kind = kind;
    this.#kernel = kernel;
    this.#entries = entries;
  }

  /** Reads what was stored. What another start of the kernel, or another network, left behind is forgotten. */
  static async load<N extends string>(
    store: StateStore,
    kind: RememberedKind<N>,
    kernel: string,
    log: Log,
  ): Promise<RememberedFile<N>> {
    const { file: name, what, names } = kind;
    const file = z.strictObject({
      version: z.literal(1),
      kernel: z.string().max(200),
      [what]: z.partialRecord(z.enum(names), remembered),
    });
    let entries: Memory<N> = new Map();
    try {
      const text = await store.read(name);
      if (text !== null) {
        const json: unknown = JSON.parse(text);
        versionIn(json, [1]);
        const parsed = file.parse(json) as Record<string, unknown>;
        const found = Object.entries(parsed[what] as object) as [N, { original: number; ours: number }][];
        if (parsed.kernel === kernel) entries = new Map(found);
      }
    } catch (error) {
      log.error(
        { place: store.place, why: explain(error) },
        `${name} makes no sense: what the kernel's ${what} were is not known`,
      );
    }
    return new RememberedFile(store, kind, kernel, entries);
  }

  get entries(): Memory<N> {
    return this.#entries;
  }

  /** Stores them; nothing is written where they stand there already. @returns why it cannot, or null. */
  async set(entries: Memory<N>): Promise<string | null> {
    if (sameMemory(entries, this.#entries)) return null;
    const { file, what } = this.#kind;
    const text = { version: 1, kernel: this.#kernel, [what]: Object.fromEntries(entries) };
    try {
      await this.#store.write(file, `${JSON.stringify(text, null, 2)}\n`);
    } catch (error) {
      return messageOf(error);
    }
    this.#entries = entries;
    return null;
  }
}
