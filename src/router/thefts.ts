import type { Clock } from '../ports/clock.js';
import type { Log } from '../values/log.js';
import { between, type Instant, seconds } from '../values/time.js';
import type { InstanceEvent } from './instance-deps.js';
import type { InstanceSettings } from './settings.js';

/** So many thefts of an address within WINDOW are a fight that nobody wins. */
const MOST = 20;
const WINDOW = seconds(10);

export interface TheftDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly told: (event: InstanceEvent) => void;
}

/** Somebody else takes an instance's addresses off their interface, now and then or all the time. */
export class Thefts {
  #settings: InstanceSettings;
  readonly #deps: TheftDeps;
  #latest: Instant[] = [];

  constructor(settings: InstanceSettings, deps: TheftDeps) {
    this.#settings = settings;
    this.#deps = deps;
  }

  /** It has other settings. */
  follow(settings: InstanceSettings): void {
    this.#settings = settings;
  }

  /** These are gone. @returns null to put them back, or why there is no use in it: then the count begins anew. */
  of(addresses: readonly string[]): string | null {
    const { name, interface: link } = this.#settings;
    const missing = addresses.join(', ');
    const now = this.#deps.clock.now();
    this.#latest = [...this.#latest.filter((t) => between(t, now) < WINDOW), now];
    if (this.#latest.length > MOST) {
      this.#latest = [];
      return `something keeps removing ${missing} from ${link}`;
    }
    this.#deps.log.warn({ instance: name, missing }, `${missing} was removed by somebody else: put back`);
    this.#deps.told({ what: 'address restored', reason: `${missing} was removed by somebody else` });
    return null;
  }
}
