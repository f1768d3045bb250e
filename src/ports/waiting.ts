import { after, type Duration, type Instant } from '../values/time.js';
import type { Alarms, Clock } from './clock.js';

/**
 * Resolves when `work` has settled, or after a time without it.
 * @param late told in the latter case.
 */
export function within(
  { clock, alarms }: { readonly clock: Clock; readonly alarms: Alarms },
  time: Duration,
  work: Promise<unknown>,
  late: () => void = () => {},
): Promise<void> {
  return new Promise((resolve) => {
    const bound = alarms.alarm(() => {
      late();
      done();
    });
    const done = (): void => {
      bound.close();
      resolve();
    };
    bound.set(after(clock.now(), time));
    void work.then(done, done);
  });
}

/** Resolves at that time. */
export function waitUntil(alarms: Alarms, when: Instant): Promise<void> {
  return new Promise((resolve) => {
    const alarm = alarms.alarm(() => {
      alarm.close();
      resolve();
    });
    alarm.set(when);
  });
}
