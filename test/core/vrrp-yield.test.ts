import { describe, expect, it } from 'vitest';
import { type Event, type Machine, step } from '../../src/core/vrrp/machine.js';
import { instant, seconds } from '../../src/values/time.js';
import { HIGH, LOW, ME, master, Play, settings } from './vrrp-transcript.js';

describe('a master that gives mastership away', () => {
  it('says priority 0, is silent, keeps the address until another one speaks, then stays backup for good', () => {
    const play = master().yield(4).due();
    expect(play.tail(2)).toEqual([
      '4.000 yield: send 0; master, next 4.609',
      // Nobody took over in the longest Master_Down_Interval and a margin: it goes on.
      '8.196 timer: send 100; master, next 9.196',
    ]);
    expect(play.machine.yielded).toBe(false);
    const relieved = master().yield(4).hear(4.8, LOW, 50).due().due();
    expect(relieved.tail(3)).toEqual([
      '4.800 hears 50 from 10.0.0.3: release; backup until 8.409',
      '8.409 timer: nothing; backup until 12.019',
      '12.019 timer: nothing; backup until 15.628',
    ]);
    expect(relieved.machine.yielded).toBe(true);
  });

  it('lets another one go first that gives up too, and does not answer a loser', () => {
    const play = master().yield(4).hear(4.1, HIGH, 0).timer(5);
    expect(play.tail(2)).toEqual([
      '4.100 hears 0 from 10.0.0.100: nothing; master, next 4.609',
      '5.000 timer: nothing; master, next 4.609',
    ]);
  });

  it('goes on at once when it is resumed before anybody has relieved it', () => {
    expect(master().yield(4).resume(4.5).due().tail(2)).toEqual([
      '4.500 resume: send 100; master, next 5.500',
      '5.500 timer: send 100; master, next 6.500',
    ]);
  });

  it('says so once, whatever is asked twice', () => {
    expect(master().yield(4).yield(4.1).tail(1)).toEqual(['4.100 yield: nothing; master, next 4.609']);
  });

  it('lets the address go with a fault or a stop meanwhile', () => {
    expect(master().yield(4).fault(4.1).ready(5, 100).due().tail(3)).toEqual([
      '4.100 fault: send 0, release; fault',
      '5.000 ready 100: nothing; backup until 8.609',
      '8.609 timer: nothing; backup until 12.219',
    ]);
    expect(master().yield(4).stop(4.1).tail(1)).toEqual(['4.100 stop: send 0, release; init']);
  });
});

describe('a backup that is held', () => {
  it('does not claim when the master goes, dies or is weaker, and knows whether there is one', () => {
    const play = new Play().yield(0).ready(0, 100).hear(1, LOW, 50);
    const heard = (): unknown => (play.machine.state.kind === 'backup' ? play.machine.state.heard?.priority : 'none');
    play.due();
    expect(heard()).toBe(50); // 2.6 s ago: it lives
    play.due();
    expect(heard()).toBeUndefined();
    play.hear(8, HIGH, 0).due();
    expect(play.machine.state.kind).toBe('backup');
    expect(play.lines.filter((line) => line.includes('send') || line.includes('hold'))).toEqual([]);
  });

  it('does not keep addresses that stand from before the start, since it cannot claim them', () => {
    expect(new Play().yield(0).ready(0, 100, true).tail(1)).toEqual(['0.000 ready 100: release; backup until 3.609']);
    expect(new Play().ready(0, 100, true).yield(1).tail(1)).toEqual(['1.000 yield: release; backup until 3.609']);
  });

  it('pushes a weaker master aside after its resume, as preemption has it, and leaves it without preemption', () => {
    const resumed = (preempt: boolean): Play =>
      new Play({ preempt }).yield(0).ready(0, 100).hear(1, LOW, 50).hear(2, LOW, 50).hear(3, LOW, 50).resume(3.5);
    expect(resumed(true).due().tail(1)).toEqual(['3.609 timer: send 100, hold; master, next 4.609']);
    expect(resumed(false).tail(1)).toEqual(['3.500 resume: nothing; backup until 6.609']);
  });

  it('never speaks and never claims, whatever it is told', () => {
    // A seeded walk over all events that a shell can feed.
    let seed = 20_260_101;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % n;
    };
    let machine: Machine = new Play().yield(0).machine;
    for (let i = 0; i < 20_000; i += 1) {
      const priority = [0, 1, 50, 100, 200, 254][random(6)] as number;
      const from = random(2) === 0 ? LOW : HIGH;
      const advert = { ...settings(), priority } as never;
      const events: Event[] = [
        { kind: 'ready', priority: 1 + random(254), source: ME, present: random(2) === 0 },
        { kind: 'fault', silent: false },
        { kind: 'advert', from, advert },
        { kind: 'timer' },
        { kind: 'held', term: random(3) },
        { kind: 'refused', term: random(3) },
        { kind: 'robbed' },
        { kind: 'stop' },
      ];
      const next = step(settings(), machine, events[random(events.length)] as Event, instant(i * seconds(1)));
      machine = next.machine;
      expect(machine.state.kind, `seed 20260101, step ${i}`).not.toBe('master');
      expect(next.actions.some((a) => a.kind === 'hold' || a.kind === 'send')).toBe(false);
    }
  });
});
