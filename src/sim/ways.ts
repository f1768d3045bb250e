import { describeWay, type Laid, type Way, type Ways } from '../ports/routes.js';
import type { Failure } from '../values/failure.js';
import { after, type Duration, micros } from '../values/time.js';
import type { VirtualClock } from './clock.js';
import type { SimKernel } from './kernel.js';
import type { SimProcess } from './process.js';

/** The routes and rules of one host; they outlive the processes that run on it. */
export class SimWayTable {
  readonly #kernel: SimKernel;
  readonly #ways = new Map<string, Way>();
  readonly #watchers = new Set<() => void>();
  /** Gives the code of a refusal, or null to let it through. */
  refuse: ((way: Way) => string | null) | null = null;

  constructor(kernel: SimKernel) {
    this.#kernel = kernel;
    // The kernel drops routes with their link or their source address, and tells nobody.
    kernel.watch(() => {
      for (const [text, way] of this.#ways) if (this.#fault(way) !== null) this.#ways.delete(text);
    });
  }

  /** What stands, as `ip` says it. */
  get standing(): readonly string[] {
    return [...this.#ways.keys()];
  }

  /** Somebody else removes one. */
  steal(text: string): void {
    if (this.#ways.delete(text)) for (const changed of [...this.#watchers]) changed();
  }

  add(way: Way): Laid {
    const text = describeWay(way);
    if (this.#ways.has(text)) return 'there';
    const code = this.refuse?.(way) ?? this.#fault(way);
    if (code !== null) return { what: `${way.kind}.add`, code, detail: text };
    this.#ways.set(text, way);
    return 'added';
  }

  remove(way: Way): null {
    this.#ways.delete(describeWay(way));
    return null;
  }

  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  #fault(way: Way): string | null {
    if (way.kind === 'rule') return null;
    const links = this.#kernel.links();
    const link = links.find((l) => l.name === way.interface);
    if (way.interface !== null && link === undefined) return 'ENODEV';
    if (link?.up === false) return 'ENETDOWN';
    const here = links.some((l) => l.addresses.some((a) => a.cidr.address === way.source));
    return way.source === null || here ? null : 'EINVAL';
  }
}

/** The kernel's routes and rules as one process sees and changes them. */
export class SimWays implements Ways {
  /** How long the kernel takes for an answer or a notification. */
  latency: () => Duration = () => micros(100);
  readonly #table: SimWayTable;
  readonly #process: SimProcess;
  readonly #clock: VirtualClock;

  constructor(table: SimWayTable, process: SimProcess, clock: VirtualClock) {
    this.#table = table;
    this.#process = process;
    this.#clock = clock;
  }

  add(list: readonly Way[]): Promise<readonly Laid[]> {
    return this.#ask(() => list.map((way) => this.#table.add(way)));
  }

  remove(list: readonly Way[]): Promise<readonly (Failure | null)[]> {
    return this.#ask(() => list.map((way) => this.#table.remove(way)));
  }

  watch(changed: () => void): { close(): void } {
    let open = true;
    const stop = this.#table.watch(() =>
      this.#clock.at(after(this.#clock.now(), this.latency()), () =>
        this.#process.post(() => {
          if (open) changed();
        }),
      ),
    );
    return {
      close: () => {
        open = false;
        stop();
      },
    };
  }

  /** The kernel does it when its time has come, also for a process that stalls or dies meanwhile. */
  #ask<T>(answer: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#clock.at(after(this.#clock.now(), this.latency()), () => {
        const value = answer();
        this.#process.post(() => {
          resolve(value);
          this.#clock.settle();
        });
      });
    });
  }
}
