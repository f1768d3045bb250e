import { Census } from '../core/track/census.js';
import { needsMore } from '../core/track/process.js';
import type { Processes, ProcessListener } from '../ports/processes.js';
import { native as addon, type Native } from './native.js';
import { Deaths } from './pidfd.js';
import { processFacts, processIds } from './proc.js';
import { listen } from './process-events.js';

/** A process that has just been forked most often executes something else, or ends: looked at after so long. */
const SETTLING_MS = 10;
/** How often starts are looked for where the kernel does not tell of them. */
const SCAN_MS = 1_000;
/** Processes looked at in one turn of the loop. */
const AT_ONCE = 100;

/** Processes by name, by kernel process events; where these are not to be had, deaths by pidfd and starts by looking. */
export class KernelProcesses implements Processes {
  readonly #native: Native;
  constructor(native: Native = addon) {
    this.#native = native;
  }

  watch(wanted: readonly string[], listener: ProcessListener): { close(): void } {
    return new Watch(this.#native, wanted, listener);
  }
}

/** Events only say where to look: what /proc has then is what counts, so that late and lost ones do no harm. */
class Watch {
  readonly #listener: ProcessListener;
  readonly #census: Census;
  readonly #more: boolean;
  readonly #events: { close(): void };
  readonly #native: Native;
  /** Where the kernel tells of starts this stays null. */
  #deaths: Deaths | null = null;
  readonly #dirty = new Set<number>();
  #settling: NodeJS.Timeout | null = null;
  #scanTimer: NodeJS.Timeout | null = null;
  #scanning = false;
  #again = false;
  #counted = false;
  #open = true;
  /** What the last report said. */
  #said = '';

  constructor(native: Native, wanted: readonly string[], listener: ProcessListener) {
    this.#native = native;
    this.#listener = listener;
    this.#census = new Census(wanted);
    this.#more = wanted.some(needsMore);
    // Before the first look: what changes during it is told.
    this.#events = listen(native, {
      event: ({ kind, thread, process }) => {
        const first = thread === process;
        if (kind === 'exit') {
          if (first) this.#dirty.delete(process);
          if (this.#census.has(process)) this.#look(process);
        } else if (first || kind === 'exec') this.#dirty.add(process);
      },
      read: () => {
        this.#report();
        if (this.#dirty.size > 0) this.#settling ??= setTimeout(() => this.#settle(), SETTLING_MS);
      },
      lost: () => void this.#scan(),
      refused: (why) => this.#poll(why),
    });
    void this.#scan();
  }

  close(): void {
    this.#open = false;
    this.#events.close();
    this.#deaths?.close();
    if (this.#settling !== null) clearTimeout(this.#settling);
    if (this.#scanTimer !== null) clearTimeout(this.#scanTimer);
  }

  #look(pid: number): void {
    this.#census.see(pid, processFacts(pid, this.#more));
    if (this.#census.has(pid)) this.#deaths?.watch(pid);
  }

  #settle(): void {
    this.#settling = null;
    let left = AT_ONCE;
    for (const pid of this.#dirty) {
      if (left-- === 0) break;
      this.#dirty.delete(pid);
      this.#look(pid);
    }
    this.#report();
    if (this.#dirty.size > 0) this.#settling = setTimeout(() => this.#settle(), 0);
  }

  /** All processes anew: one look at a time, and one more when events were lost meanwhile. */
  async #scan(): Promise<void> {
    if (this.#scanning) {
      this.#again = true;
      return;
    }
    this.#scanning = true;
    do {
      this.#again = false;
      // Those that are counted first: their end is what matters most.
      const pids = [...new Set([...this.#census.pids, ...processIds()])];
      for (let i = 0; i < pids.length && this.#open; i += AT_ONCE) {
        for (const pid of pids.slice(i, i + AT_ONCE)) this.#look(pid);
        if (this.#counted) this.#report();
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    } while (this.#again && this.#open);
    this.#scanning = false;
    this.#counted = true;
    this.#report();
    if (this.#deaths !== null && this.#open) this.#scanTimer = setTimeout(() => void this.#scan(), SCAN_MS);
  }

  #poll(why: string): void {
    this.#listener.polls(why);
    this.#deaths = new Deaths(this.#native, (pid) => {
      this.#look(pid);
      this.#report();
    });
    void this.#scan();
  }

  #report(): void {
    if (!this.#open || !this.#counted) return;
    const { counts } = this.#census;
    if (this.#said === counts.join()) return;
    this.#said = counts.join();
    this.#listener.counted([...counts]);
  }
}
