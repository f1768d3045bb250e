import { between, type Instant, toMillis } from '../values/time.js';

/** How late adverts leave, in milliseconds. */
export class Lateness {
  latest = 0;
  worst = 0;

  measure(due: Instant, now: Instant): void {
    this.latest = toMillis(between(due, now));
    this.worst = Math.max(this.worst, this.latest);
  }
}
