import type { FileSeen } from '../core/track/number.js';
import type { Processes, ProcessListener } from '../ports/processes.js';
import type { FileListener, TrackFiles } from '../ports/track-files.js';
import type { RouteListener, TrackRoutes, WantedRoute } from '../ports/track-routes.js';

/** What a host has that can be tracked, changed by hand and told of at once. */
export class SimSenses {
  readonly #counts = new Map<string, number>();
  readonly #files = new Map<string, string>();
  readonly #lost = new Set<string>();
  readonly #tell: (() => void)[] = [];

  readonly processes: Processes = {
    watch: (wanted: readonly string[], listener: ProcessListener) =>
      this.#watch(() => listener.counted(wanted.map((name) => this.#counts.get(name) ?? 0))),
  };

  readonly files: TrackFiles = {
    watch: (path: string, listener: FileListener) => this.#watch(() => listener.seen(this.#seen(path))),
  };

  readonly routes: TrackRoutes = {
    watch: (wanted: readonly WantedRoute[], listener: RouteListener) =>
      this.#watch(() => listener.seen(wanted.map(({ to }) => !this.#lost.has(to.address)))),
  };

  /** So many processes of a name live now. */
  live(name: string, count: number): void {
    this.#counts.set(name, count);
    this.#change();
  }

  /** A file has this in it now; null: it is not there. */
  write(path: string, text: string | null): void {
    if (text === null) this.#files.delete(path);
    else this.#files.set(path, text);
    this.#change();
  }

  /** The route to the network of this address is there or not. */
  route(address: string, there: boolean): void {
    if (there) this.#lost.delete(address);
    else this.#lost.add(address);
    this.#change();
  }

  #seen(path: string): FileSeen {
    const text = this.#files.get(path);
    return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
  }

  #watch(tell: () => void): { close(): void } {
    let open = true;
    const tellOpen = (): void => {
      if (open) tell();
    };
    this.#tell.push(tellOpen);
    queueMicrotask(tellOpen);
    return {
      close: () => {
        open = false;
      },
    };
  }

  #change(): void {
    for (const tell of this.#tell) tell();
  }
}
