import { describeChange } from '../core/ipvs/describe.js';
import type { TableChange } from '../core/ipvs/table.js';
import { type Failure, formatFailure } from '../values/failure.js';
import { after, type Duration, type Instant, millis, seconds } from '../values/time.js';

const FIRST_WAIT = millis(250);
/** A module that was loaded, or memory that came free, is used within that time. */
const LONGEST_WAIT = seconds(30);
/** So many failures are named; the rest is a number. */
const NAMED = 10;

/** How long the next wait is, given the last one (null: there was none). */
export const nextWait = (last: Duration | null, longest: Duration): Duration =>
  last === null ? FIRST_WAIT : (Math.min(last * 2, longest) as Duration);

interface Refusal {
  readonly wait: Duration;
  readonly due: Instant;
  /** What was tried. */
  readonly tried: string;
  readonly failures: readonly Failure[];
}

/** Services that the kernel does not take as they should be: each waits for itself, twice as long each time. */
export class Refusals {
  readonly #all = new Map<string, Refusal>();

  get size(): number {
    return this.#all.size;
  }

  add(id: string, changes: readonly TableChange[], failures: readonly Failure[], now: Instant): void {
    const wait = nextWait(this.#all.get(id)?.wait ?? null, LONGEST_WAIT);
    this.#all.set(id, { wait, due: after(now, wait), tried: textOf(changes), failures });
  }

  /** It stands as it should, or is none of ours any more. */
  forget(id: string): void {
    this.#all.delete(id);
  }

  clear(): void {
    this.#all.clear();
  }

  /** Whether the same was refused and its wait is not over. */
  forbids(id: string, changes: readonly TableChange[], now: Instant): boolean {
    const refusal = this.#all.get(id);
    return refusal !== undefined && refusal.due > now && refusal.tried === textOf(changes);
  }

  has(id: string): boolean {
    return this.#all.has(id);
  }

  /** At most so many whose wait is over. */
  due(now: Instant, most: number): string[] {
    const ids: string[] = [];
    for (const [id, { due }] of this.#all) {
      if (ids.length >= most) break;
      if (due <= now) ids.push(id);
    }
    return ids;
  }

  /** When the first wait is over; null where nothing is refused. */
  get wake(): Instant | null {
    let first: Instant | null = null;
    for (const { due } of this.#all.values()) if (first === null || due < first) first = due;
    return first;
  }

  /** One sentence each, and how many more. */
  get problems(): readonly string[] {
    const named: string[] = [];
    let count = 0;
    for (const { failures } of this.#all.values()) {
      count += failures.length;
      for (const failure of failures) if (named.length < NAMED) named.push(formatFailure(failure));
    }
    return count > NAMED ? [...named, `and ${count - NAMED} more changes of the table failed`] : named;
  }
}

const textOf = (changes: readonly TableChange[]): string => changes.map(describeChange).join('\n');
