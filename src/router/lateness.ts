import { between, type Duration, type Instant, toMillis } from '../values/time.js';

/** How late adverts leave, in milliseconds. */
export class Lateness {
  latest = 0;
  worst = 0;

  measure(due: Instant, now: Instant): void {
    this.tell(between(due, now), between(due, now));
  }

  /** Of several. */
  tell(latest: Duration, worst: Duration): void {
    this.latest = toMillis(latest);
    this.worst = Math.max(this.worst, toMillis(worst));
  }
}
