import { describe, expect, it } from 'vitest';
import { masterDownInterval, skewTime } from '../../src/core/vrrp/timing.js';
import { millis, seconds } from '../../src/values/time.js';
import { HIGH, LOW, Play, settings3 } from './vrrp-transcript.js';

// VRRPv3, RFC 9568 §6.4, where it differs from version 2. The numbers are those of the checklist of RFC demands.

const tenth = millis(100);
const play = (over: Parameters<typeof settings3>[1] = {}): Play => new Play(settings3(tenth, over));
/** A master with priority 100 at 0.360 s, its addresses held and announced at 0.361 s. */
const master = (): Play => play().ready(0, 100).due().held(0.361);

describe('times in version 3', () => {
  it('23: the skew is (256 − priority) / 256 of the master’s interval, the down interval three of those and the skew', () => {
    expect(skewTime(3, seconds(1), 100)).toBe(609_375);
    expect(skewTime(3, tenth, 100)).toBe(60_937);
    expect(skewTime(3, millis(10), 254)).toBe(78);
    expect(skewTime(3, millis(40_950), 1)).toBe(40_790_039);
    expect(masterDownInterval(3, tenth, 100)).toBe(360_937);
    expect(masterDownInterval(3, millis(40_950), 100)).toBe(147_803_906);
  });
});

describe('a start in version 3', () => {
  it('24: arms the down timer by our own interval, which is the best that is known', () => {
    expect(play().ready(0, 100).due().held(0.361).lines).toEqual([
      '0.000 ready 100: nothing; backup until 0.361',
      '0.361 timer: send 100, hold; master, next 0.461',
      '0.361 held: announce ×5; master, next 0.461',
    ]);
  });

  it('24: arms it by our own interval again after a fault, whatever was learned before', () => {
    expect(play().ready(0, 100).hear(0.1, HIGH, 200, seconds(5)).fault(1).ready(2, 100).tail(1)).toEqual([
      '2.000 ready 100: nothing; backup until 2.361',
    ]);
  });
});

describe('a backup in version 3', () => {
  it('27: takes over the master’s interval, and with it the skew', () => {
    expect(play().ready(0, 100).hear(0.1, HIGH, 200, seconds(5)).hear(0.2, LOW, 200, millis(10)).tail(2)).toEqual([
      '0.100 hears 200 every 5s from 10.0.0.100: nothing; backup until 18.147',
      '0.200 hears 200 every 10ms from 10.0.0.3: nothing; backup until 0.236',
    ]);
  });

  it('27: without preemption takes over the interval of a lower priority too', () => {
    expect(play({ preempt: false }).ready(0, 100).hear(0.1, HIGH, 1, seconds(1)).tail(1)).toEqual([
      '0.100 hears 1 every 1s from 10.0.0.100: nothing; backup until 3.709',
    ]);
  });

  it('28: with preemption takes over nothing from a lower priority, and the down timer goes on', () => {
    expect(play().ready(0, 100).hear(0.1, HIGH, 99, seconds(5)).hear(0.2, HIGH, 0, seconds(5)).tail(2)).toEqual([
      '0.100 hears 99 every 5s from 10.0.0.100: nothing; backup until 0.361',
      '0.200 hears 0 every 5s from 10.0.0.100: nothing; backup until 0.261',
    ]);
  });

  it('26: that hears priority 0 waits for the skew of the master’s interval', () => {
    expect(play().ready(0, 100).hear(0.1, HIGH, 200, seconds(1)).hear(0.2, HIGH, 0, millis(10)).due().tail(2)).toEqual([
      '0.200 hears 0 every 10ms from 10.0.0.100: nothing; backup until 0.809',
      '0.809 timer: send 100, hold; master, next 0.909',
    ]);
  });

  it('29: becomes master when the down timer fires, and advertises at its own interval', () => {
    expect(play().ready(0, 100).hear(0.1, HIGH, 200, seconds(1)).due().held(3.71).due().tail(3)).toEqual([
      '3.709 timer: send 100, hold; master, next 3.809',
      '3.710 held: announce ×5; master, next 3.809',
      '3.809 timer: send 100; master, next 3.909',
    ]);
  });

  it('23: whose priority changes takes the new skew of the master’s interval', () => {
    expect(play().ready(0, 100).hear(0.1, HIGH, 254, seconds(1)).ready(1, 228).ready(2, 100).tail(2)).toEqual([
      '1.000 ready 228: nothing; backup until 3.209',
      '2.000 ready 100: nothing; backup until 3.709',
    ]);
  });

  it('27: whose priority falls to the master’s lets the latest advert count after all, with its interval', () => {
    const falling = play().ready(0, 150).hear(0.1, HIGH, 100, seconds(1)).ready(0.2, 100).hear(0.3, HIGH, 0);
    expect(falling.tail(3)).toEqual([
      '0.100 hears 100 every 1s from 10.0.0.100: nothing; backup until 0.341',
      '0.200 ready 100: nothing; backup until 3.709',
      '0.300 hears 0 from 10.0.0.100: nothing; backup until 0.909',
    ]);
  });
});

describe('a master in version 3', () => {
  it('32: advertises every interval of its own, on a grid', () => {
    expect(master().due().timer(0.58).tail(2)).toEqual([
      '0.461 timer: send 100; master, next 0.561',
      '0.580 timer: send 100, announce ×1; master, next 0.661',
    ]);
  });

  it('34: that gives way takes over the winner’s interval', () => {
    expect(master().hear(0.4, LOW, 101, seconds(2)).hear(0.5, LOW, 0).tail(2)).toEqual([
      '0.400 hears 101 every 2s from 10.0.0.3: release; backup until 7.619',
      '0.500 hears 0 from 10.0.0.3: nothing; backup until 1.719',
    ]);
    expect(master().hear(0.4, HIGH, 100, seconds(1)).tail(1)).toEqual([
      '0.400 hears 100 every 1s from 10.0.0.100: release; backup until 4.009',
    ]);
  });

  it('33: that hears priority 0 advertises at once, and at its own interval afterwards', () => {
    expect(master().hear(0.4, HIGH, 0, seconds(9)).tail(1)).toEqual([
      '0.400 hears 0 every 9s from 10.0.0.100: send 100; master, next 0.500',
    ]);
  });

  it('35: discards a loser’s advert and advertises at once; its interval is of no interest', () => {
    expect(master().hear(0.4, HIGH, 99, seconds(9)).due().tail(2)).toEqual([
      '0.400 hears 99 every 9s from 10.0.0.100: send 100, announce ×5; master, next 0.461',
      '0.461 timer: send 100; master, next 0.561',
    ]);
  });

  it('35: answers a loser that does not hear it ten times a second at most', () => {
    const fast = new Play(settings3(millis(10))).ready(0, 100).due().held(0.037);
    for (let at = 40; at < 240; at += 10) {
      fast.due();
      fast.hear((at + 9) / 1000, LOW, 50);
    }
    expect(fast.lines.filter((line) => line.includes('hears') && line.includes('send')).length).toBe(2);
  });

  it('35: tells the next loser at once where its own next advert is far away', () => {
    const slow = new Play(settings3(seconds(5))).ready(0, 100).due().held(18.1);
    expect(slow.hear(19, HIGH, 99).hear(19.05, LOW, 99).hear(19.2, LOW, 99).tail(3)).toEqual([
      '19.000 hears 99 from 10.0.0.100: send 100, announce ×5; master, next 23.047',
      '19.050 hears 99 from 10.0.0.3: nothing; master, next 23.047',
      '19.200 hears 99 from 10.0.0.3: send 100, announce ×5; master, next 23.047',
    ]);
  });

  it('36: lets go with priority 0', () => {
    expect(master().stop(0.4).tail(1)).toEqual(['0.400 stop: send 0, release; init']);
  });
});
