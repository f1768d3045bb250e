import { describe, expect, it } from 'vitest';
import { KernelAlarms, KernelClock } from '../../src/kernel/clock.js';
import { after, between, millis } from '../../src/values/time.js';

const clock = new KernelClock();
const alarms = new KernelAlarms();

describe('alarms', () => {
  it('fire once, at or after their instant', async () => {
    const at = after(clock.now(), millis(5));
    let fired = 0;
    const alarm = alarms.alarm(() => {
      fired += 1;
      expect(between(at, clock.now())).toBeGreaterThanOrEqual(0);
    });
    alarm.set(at);
    await new Promise((resolve) => setTimeout(resolve, 40));
    alarm.close();
    expect(fired).toBe(1);
  });

  it('can be set again from within, cleared, and do nothing once closed', async () => {
    let fired = 0;
    const alarm = alarms.alarm(() => {
      fired += 1;
      if (fired < 3) alarm.set(clock.now());
    });
    alarm.set(clock.now());
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(fired).toBe(3);
    alarm.set(clock.now());
    alarm.clear();
    await new Promise((resolve) => setTimeout(resolve, 20));
    alarm.close();
    alarm.close();
    alarm.set(clock.now());
    alarm.clear();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fired).toBe(3);
  });
});
