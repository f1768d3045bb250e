import type { Change } from '../core/notify/transition.js';
import type { DirectorEvent } from '../core/status.js';
import type { Log } from '../values/log.js';
import type { GroupState } from './groups.js';
import type { InstanceEvent } from './instance-deps.js';
import { changeOf } from './transitions.js';

export interface NewsDeps {
  readonly log: Log;
  readonly wall: () => string;
  readonly report: (event: Omit<DirectorEvent, 'sequence'> | null) => void;
  readonly transition?: (change: Change) => void;
}

/** What happens to instances and sync groups, for those who want to be told: people by events, programs by transitions. */
export class News {
  readonly #deps: NewsDeps;

  constructor(deps: NewsDeps) {
    this.#deps = deps;
  }

  /** @param event null: only its status is another one. */
  instance(name: string, event: InstanceEvent | null): void {
    if (event === null) {
      this.#deps.report(null);
      return;
    }
    const time = this.#deps.wall();
    const { entered, what, reason } = event;
    if (entered !== undefined) this.#deps.transition?.(changeOf(name, { entered, reason }, time));
    this.#deps.report({ time, subject: 'instance', name, what, reason });
  }

  /** A sync group is something else. @param reason why, for people. */
  group(name: string, from: GroupState, to: GroupState, reason: string): void {
    const time = this.#deps.wall();
    this.#deps.log.info({ group: name, from, to, reason }, `sync group ${name} is ${to}`);
    const change = { name, from, to: to === 'init' ? 'stop' : to, priority: 0, reason, time } as const;
    this.#deps.transition?.({ subject: 'group', ...change });
    this.#deps.report({ time, subject: 'group', name, what: to, reason });
  }
}
