import { durationKeys } from '../config/duration-keys.js';
import { unreadable } from '../config/load.js';
import { readEdit } from '../config/read-file.js';
import { type Known, known, knownAfter, type Reread, reread } from '../config/reread.js';
import type { ReadFile } from '../director/reload.js';
import type { PackedPart } from '../ports/channel.js';
import { routerPart } from '../router/from-config.js';
import { packPart, samePart } from '../router/packed.js';
import { packEdit, unpackRunning, unpackText } from './packed.js';

/** Reads a configuration's file again and again, beside what runs: of that little is kept but the text. */
export class Rereading {
  readonly #file: string;
  readonly #host: string;
  readonly #durations = [...durationKeys()];
  #blob: Uint8Array;
  #part: PackedPart;
  #base: Known;
  #last: { readonly read: Reread; readonly blob: Uint8Array; readonly part: PackedPart } | null = null;

  /** @param blob what runs, packed. @param host this one's name. */
  constructor(blob: Uint8Array, host: string) {
    const { config, file } = unpackRunning(blob);
    this.#file = file;
    this.#host = host;
    this.#blob = blob;
    this.#part = packPart(routerPart(config));
    this.#base = known(unpackText(blob), config);
  }

  /** Whether it can read less than the whole. */
  get quick(): boolean {
    return this.#base.cut !== null;
  }

  /** @returns also whether all of the file had to be read. */
  read(): { readonly found: ReadFile; readonly whole: boolean } {
    this.#last = null;
    const it = readEdit(this.#file, this.#base.text);
    // A file that is not there leaves nothing behind.
    if ('why' in it) return { found: unreadable(this.#file, it), whole: false };
    const read = reread(it.edit, this.#file, this.#base, this.#host);
    if (!read.ok) return { found: read, whole: true };
    const { config, kept, edit, warnings, whole } = read;
    const part = packPart(routerPart(config));
    const blob = packEdit(this.#blob, { config, kept, edit });
    this.#last = { read, blob, part };
    const aside = samePart(this.#part, part);
    return { found: { ok: true, config, kept, durations: this.#durations, warnings, part, aside, blob }, whole };
  }

  /** What was read last runs now. */
  accepted(): void {
    if (this.#last === null) return;
    const { read, blob, part } = this.#last;
    this.#base = knownAfter(this.#base, read);
    this.#blob = blob;
    this.#part = part;
    this.#last = null;
  }
}
