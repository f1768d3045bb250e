import { z } from 'zod';
import { SWITCHES, type SwitchMemory, type SwitchName, sameMemory } from '../core/ipvs/switches.js';
import type { Log } from '../values/log.js';
import type { StateStore } from './state-files.js';
import { explain, messageOf } from './stored.js';

const NAME = 'switches.json';

const remembered = z.strictObject({ original: z.int(), ours: z.int() });
const file = z.strictObject({
  version: z.literal(1),
  kernel: z.string().max(200),
  switches: z.partialRecord(z.enum(SWITCHES), remembered),
});

/** What the kernel's switches were before us, in the state directory: for this kernel since its start, and no other. */
export class SwitchesMemory {
  readonly #store: StateStore;
  readonly #kernel: string;
  #entries: SwitchMemory;

  private constructor(store: StateStore, kernel: string, entries: SwitchMemory) {
    this.#store = store;
    this.#kernel = kernel;
    this.#entries = entries;
  }

  /** Reads what was stored. What another start of the kernel, or another network, left behind is forgotten. */
  static async load(store: StateStore, kernel: string, log: Log): Promise<SwitchesMemory> {
    let entries: SwitchMemory = new Map();
    try {
      const text = await store.read(NAME);
      if (text !== null) {
        const parsed = file.parse(JSON.parse(text));
        const found = Object.entries(parsed.switches) as [SwitchName, { original: number; ours: number }][];
        if (parsed.kernel === kernel) entries = new Map(found);
      }
    } catch (error) {
      const why = explain(error);
      log.error({ place: store.place, why }, `${NAME} makes no sense: what the kernel's switches were is not known`);
    }
    return new SwitchesMemory(store, kernel, entries);
  }

  get entries(): SwitchMemory {
    return this.#entries;
  }

  /** Stores them; nothing is written where they stand there already. @returns why it cannot, or null. */
  async set(entries: SwitchMemory): Promise<string | null> {
    if (sameMemory(entries, this.#entries)) return null;
    const text = { version: 1, kernel: this.#kernel, switches: Object.fromEntries(entries) };
    try {
      await this.#store.write(NAME, `${JSON.stringify(text, null, 2)}\n`);
    } catch (error) {
      return messageOf(error);
    }
    this.#entries = entries;
    return null;
  }
}
