import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { after, instant, micros, millis, seconds } from '../../src/values/time.js';

function setUp() {
  const clock = new VirtualClock(instant(0));
  const seen: string[] = [];
  const note = (what: string) => () => seen.push(`${clock.now()} ${what}`);
  return { clock, seen, note };
}

describe('the virtual clock', () => {
  it('runs events by their time, and those of one instant in the order of their coming', async () => {
    const { clock, seen, note } = setUp();
    clock.at(instant(20), note('c'));
    clock.at(instant(10), note('a'));
    clock.at(instant(10), note('b'));
    clock.at(instant(31), note('too late'));
    await clock.advance(micros(30));
    expect(seen).toEqual(['10 a', '10 b', '20 c']);
    expect(clock.now()).toBe(30);
  });

  it('runs what is put on it meanwhile, a past instant as now', async () => {
    const { clock, seen, note } = setUp();
    clock.at(instant(10), () => clock.at(instant(5), note('at once')));
    clock.at(instant(10), note('before'));
    await clock.advance(micros(10));
    expect(seen).toEqual(['10 before', '10 at once']);
  });

  it('leaves out what was cancelled', async () => {
    const { clock, seen, note } = setUp();
    clock.at(instant(10), note('no')).cancel();
    await clock.advance(micros(10));
    expect(seen).toEqual([]);
  });

  it('lets settled promises run before the next event', async () => {
    const { clock, seen, note } = setUp();
    const promise = new Promise<void>((resolve) => {
      clock.at(instant(10), () => {
        clock.settle();
        resolve();
      });
    });
    void promise
      .then(() => null)
      .then(() => null)
      .then(note('followed'));
    clock.at(instant(20), note('next'));
    await clock.advance(micros(30));
    expect(seen).toEqual(['10 followed', '20 next']);
  });

  it('orders ten thousand events', async () => {
    const { clock } = setUp();
    const times = Array.from({ length: 10_000 }, (_, i) => (i * 7_919) % 10_007);
    const seen: number[] = [];
    for (const t of times) clock.at(instant(t), () => seen.push(t));
    await clock.advance(seconds(1));
    expect(seen).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('a process on the virtual clock', () => {
  it('has alarms that are armed once, replaced and taken back', async () => {
    const { clock, seen, note } = setUp();
    const process = new SimProcess(clock);
    const alarm = process.alarm(note('alarm'));
    alarm.set(instant(10));
    alarm.set(instant(20));
    await clock.advance(micros(25));
    expect(seen).toEqual(['20 alarm']);
    alarm.set(instant(30));
    alarm.clear();
    alarm.set(instant(40));
    alarm.close();
    await clock.advance(micros(25));
    expect(seen).toEqual(['20 alarm']);
  });

  it('never fires an alarm from within set', async () => {
    const { clock, seen, note } = setUp();
    const alarm = new SimProcess(clock).alarm(note('alarm'));
    alarm.set(instant(-5));
    expect(seen).toEqual([]);
    await clock.advance(micros(0));
    expect(seen).toEqual(['0 alarm']);
  });

  it('finds its alarms and its tasks after a stall, in the asked order', async () => {
    for (const order of ['alarms-first', 'tasks-first'] as const) {
      const { clock, seen, note } = setUp();
      const process = new SimProcess(clock);
      const [early, late, closed] = [
        process.alarm(note('early')),
        process.alarm(note('late')),
        process.alarm(note('x')),
      ];
      late.set(instant(20));
      early.set(instant(10));
      closed.set(instant(15));
      process.stall();
      clock.at(instant(12), () => process.post(note('task')));
      await clock.advance(millis(1));
      expect(seen).toEqual([]);
      closed.close();
      process.wake(order);
      const alarms = ['1000 early', '1000 late'];
      expect(seen).toEqual(order === 'alarms-first' ? [...alarms, '1000 task'] : ['1000 task', ...alarms]);
    }
  });

  it('hears nothing more once it is killed', async () => {
    const { clock, seen, note } = setUp();
    const process = new SimProcess(clock);
    process.alarm(note('alarm')).set(instant(10));
    process.kill();
    process.post(note('task'));
    await clock.advance(seconds(1));
    expect(seen).toEqual([]);
  });

  it('may be late', async () => {
    const { clock, seen, note } = setUp();
    const process = new SimProcess(clock);
    process.lateness = () => micros(7);
    process.alarm(note('alarm')).set(after(clock.now(), micros(10)));
    await clock.advance(seconds(1));
    expect(seen).toEqual(['17 alarm']);
  });
});
