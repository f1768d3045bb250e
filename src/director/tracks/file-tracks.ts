import { fileVerdict } from '../../core/track/number.js';
import type { TrackVerdict } from '../../core/track/verdict.js';
import type { TrackFiles } from '../../ports/track-files.js';

/** One track as configured. */
export interface FileTrack {
  readonly name: string;
  readonly path: string;
}

export interface FileTracksDeps {
  readonly files: TrackFiles;
  readonly verdict: (name: string, verdict: TrackVerdict) => void;
}

/** Reads the numbers of tracked files. */
export class FileTracks {
  #tracks: readonly FileTrack[];
  readonly #deps: FileTracksDeps;
  /** By name. */
  readonly #watches = new Map<string, { close(): void }>();
  readonly #oddities = new Map<string, string>();
  readonly #troubles = new Map<string, string>();

  constructor(tracks: readonly FileTrack[], deps: FileTracksDeps) {
    this.#tracks = tracks;
    this.#deps = deps;
  }

  start(): void {
    for (const { name, path } of this.#tracks) {
      if (this.#watches.has(name)) continue;
      const watch = this.#deps.files.watch(path, {
        seen: (seen) => {
          const verdict = fileVerdict(seen);
          note(this.#oddities, name, verdict.reason && `file ${name} (${path}) ${verdict.reason}`);
          this.#deps.verdict(name, verdict);
        },
        trouble: (why) => note(this.#troubles, name, why && `file ${name} is read each 5 s only: ${why}`),
      });
      this.#watches.set(name, watch);
    }
  }

  /** Goes on with other tracks; those that are the same are not looked at anew. */
  follow(tracks: readonly FileTrack[]): void {
    const paths = new Map(tracks.map(({ name, path }) => [name, path]));
    for (const { name, path } of this.#tracks) {
      if (paths.get(name) === path) continue;
      this.#watches.get(name)?.close();
      this.#watches.delete(name);
      this.#oddities.delete(name);
      this.#troubles.delete(name);
    }
    this.#tracks = tracks;
    this.start();
  }

  /** Files without a number, and files that cannot be watched, one sentence each. */
  problems(): string[] {
    return [...this.#oddities.values(), ...this.#troubles.values()];
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.close();
  }
}

function note(notes: Map<string, string>, key: string, text: string | null): void {
  if (text === null || text === '') notes.delete(key);
  else notes.set(key, text);
}
