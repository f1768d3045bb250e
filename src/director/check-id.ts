import { createHash } from 'node:crypto';
import type { Check } from '../config/schema.js';
import type { Thresholds } from '../core/health/rise-fall.js';
import type { Timing } from '../core/health/schedule.js';

/** What all checks with the same settings share: of 10,000 there are often a handful. */
export interface Alike {
  /** Stands for the settings, the same in every process. */
  readonly digest: string;
  readonly timing: Timing;
  readonly thresholds: Thresholds;
}

/** Finds the checks that are alike. */
export class AlikeChecks {
  readonly #known = new Map<string, Alike>();

  of(check: Check): Alike {
    const text = JSON.stringify(check);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const alike: Alike = {
      digest: createHash('sha256').update(text).digest('base64url').slice(0, 16),
      timing: { interval: check.interval, retries: check.retries, retryDelay: check.retry_delay, jitter: check.jitter },
      thresholds: { rise: check.rise, fall: check.fall },
    };
    this.#known.set(text, alike);
    return alike;
  }
}

/** Keeps one of each settings that read the same. */
export class AlikeSettings<T extends object> {
  readonly #known = new Map<string, T>();

  of(settings: T): T {
    const text = JSON.stringify(settings);
    const known = this.#known.get(text);
    if (known === undefined) this.#known.set(text, settings);
    return known ?? settings;
  }
}
