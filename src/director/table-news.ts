import { describeChanges } from '../core/ipvs/describe.js';
import type { TableChange } from '../core/ipvs/table.js';
import type { Failure } from '../values/failure.js';
import type { Log } from '../values/log.js';

export interface TableNewsDeps {
  readonly log: Log;
  /** Something for `directorctl events`. */
  readonly happened: (what: 'repaired' | 'failed' | 'recovered', reason: string | null) => void;
}

/** Tells what becomes of the table: what was changed, and what is wrong with it, once each time that it is something else. */
export class TableNews {
  readonly #deps: TableNewsDeps;
  #told: readonly string[] = [];

  constructor(deps: TableNewsDeps) {
    this.#deps = deps;
  }

  /** The table was as it should be when that was last told. */
  get isWell(): boolean {
    return this.#told.length === 0;
  }

  /** The kernel has answered. @param drift nobody had asked for these: somebody else had changed the table. */
  changed(changes: readonly TableChange[], failures: readonly (Failure | null)[], drift: boolean): void {
    const done = changes.filter((_, i) => (failures[i] ?? null) === null);
    if (done.length === 0) return;
    const what = describeChanges(done);
    this.#deps.log[drift ? 'warn' : 'info'](
      { changes: done.length },
      `table ${drift ? 'repaired' : 'changed'}: ${what}`,
    );
    if (drift) this.#deps.happened('repaired', what);
  }

  /** @param problems all that is wrong now. */
  tell(problems: readonly string[]): void {
    const before = this.#told;
    this.#told = problems;
    if (problems.length === 0) {
      if (before.length === 0) return;
      this.#deps.log.info({}, 'table is as it should be again');
      this.#deps.happened('recovered', null);
      return;
    }
    if (problems.join('\n') === before.join('\n')) return;
    this.#deps.log.error({ problems }, `table is not as it should be, trying again: ${problems[0]}`);
    this.#deps.happened('failed', problems[0] ?? null);
  }
}
