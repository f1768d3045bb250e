import { z } from 'zod';
import { formatPath } from '../config/problem.js';
import type { Log } from '../values/log.js';
import type { StateStore } from './state-files.js';

/** Which file it is, and how its entries look. */
export interface StoredFile<V> {
  /** `overrides.json`. */
  readonly name: string;
  /** For messages, in the plural: `drains`. */
  readonly what: string;
  /** @throws ZodError or SyntaxError when the text makes no sense. */
  readonly parse: (text: string) => ReadonlyMap<string, V>;
  readonly format: (entries: ReadonlyMap<string, V>) => string;
}

/** Entries by a key that outlive a restart: one file, replaced as a whole. */
export class Stored<V> {
  readonly #store: StateStore;
  readonly #file: StoredFile<V>;
  #entries: ReadonlyMap<string, V> = new Map();
  /** What is stored could not be read, and is not known. */
  #unread = false;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(store: StateStore, file: StoredFile<V>) {
    this.#store = store;
    this.#file = file;
  }

  /**
   * Reads what was stored. A file that makes no sense is set aside and starts empty: one error in the log, no failure.
   * @returns the entries, and what is wrong with their file, or null.
   */
  static async load<V>(store: StateStore, file: StoredFile<V>, log: Log): Promise<Loaded<V>> {
    const stored = new Stored<V>(store, file);
    const complain = (problem: string) => {
      log.error({ place: store.place }, problem);
      return { stored, problem };
    };
    let text: string | null;
    try {
      text = await store.read(file.name);
    } catch (error) {
      stored.#unread = true;
      return complain(`stored ${file.what} cannot be read, so none is in force: ${messageOf(error)}`);
    }
    if (text === null) return { stored, problem: null };
    try {
      stored.#entries = file.parse(text);
      return { stored, problem: null };
    } catch (error) {
      const why = explain(error);
      const aside = await store
        .setAside(file.name)
        .catch((e) => `${file.name} (it cannot be renamed: ${messageOf(e)})`);
      return complain(`stored ${file.what} make no sense, so none is in force; they lie in ${aside} now: ${why}`);
    }
  }

  get entries(): ReadonlyMap<string, V> {
    return this.#entries;
  }

  /**
   * Changes the entries: stored first, then in force. One after the other.
   * @throws when it cannot be stored; then nothing has changed.
   */
  change(next: (entries: ReadonlyMap<string, V>) => ReadonlyMap<string, V>): Promise<void> {
    const write = async (): Promise<void> => {
      if (this.#unread) await this.#readAgain();
      const entries = next(this.#entries);
      await this.#store.write(this.#file.name, this.#file.format(entries));
      this.#entries = entries;
    };
    const turn = this.#writing.then(write);
    this.#writing = turn.catch(() => {});
    return turn;
  }

  /** Nothing may be written over what was never read. @throws when it still cannot be read, or makes no sense. */
  async #readAgain(): Promise<void> {
    const text = await this.#store.read(this.#file.name);
    if (text !== null) this.#entries = this.#file.parse(text);
    this.#unread = false;
  }
}

export interface Loaded<V> {
  readonly stored: Stored<V>;
  readonly problem: string | null;
}

/**
 * Makes sure that a stored text is of a version that is read here: anything else said of it would be about another format.
 * @throws Error that says which one it is.
 */
export function versionIn(json: unknown, reads: readonly number[]): number {
  const { version } = (json ?? {}) as { readonly version?: unknown };
  const known = reads.find((each) => each === version);
  if (known !== undefined) return known;
  const found = typeof version === 'number' ? `it is of version ${version}` : 'it has no version';
  throw new Error(`${found}; this directord reads version ${reads.join(' and ')}`);
}

/** Why a text makes no sense, on one line. */
export function explain(error: unknown): string {
  const [issue] = error instanceof z.ZodError ? error.issues : [];
  return (issue === undefined ? messageOf(error) : sayIssue(issue)).replaceAll(/\s+/g, ' ').slice(0, 300);
}

function sayIssue(issue: z.core.$ZodIssue): string {
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return issue.path.length === 0 ? message : `${formatPath(issue.path)}: ${message}`;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
