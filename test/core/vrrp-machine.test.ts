import { describe, expect, it } from 'vitest';
import { dueAt } from '../../src/core/vrrp/machine.js';
import { masterDownInterval, skewTime } from '../../src/core/vrrp/timing.js';
import { seconds } from '../../src/values/time.js';
import { HIGH, LOW, ME, master, Play } from './vrrp-transcript.js';

// The numbers are those of the checklist of RFC demands (RFC 3768 §6.4; RFC 9568 where it is named).

describe('times', () => {
  it('23: the skew is (256 − priority) / 256 s, the down interval three adverts and the skew', () => {
    expect(skewTime(2, seconds(7), 100)).toBe(609_375);
    expect(skewTime(2, seconds(7), 255)).toBe(3_906);
    expect(skewTime(2, seconds(7), 1)).toBe(996_093);
    expect(masterDownInterval(2, seconds(1), 100)).toBe(3_609_375);
    expect(masterDownInterval(2, seconds(255), 254)).toBe(765_007_812);
  });
});

describe('a start', () => {
  it('22: with priority 255 is the owner’s, with any other a backup’s', () => {
    expect(new Play().ready(0, 255).machine.state.kind).toBe('master');
    for (const priority of [1, 100, 254]) expect(new Play().ready(0, priority).machine.state.kind).toBe('backup');
  });

  it('24: with priority 255 advertises, takes the addresses, announces them, and is master', () => {
    expect(new Play().ready(0, 255).held(0.001).lines).toEqual([
      '0.000 ready 255: send 255, hold; master, next 1.000',
      '0.001 held: announce ×5; master, next 1.000',
    ]);
  });

  it('24: with a lower one arms the down timer and is backup', () => {
    expect(new Play().ready(2, 100).lines).toEqual(['2.000 ready 100: nothing; backup until 5.609']);
  });

  it('25: before it, what is left from an earlier life goes as soon as a master is heard', () => {
    expect(new Play().hear(0, HIGH, 100).lines).toEqual(['0.000 hears 100 from 10.0.0.100: release; init']);
  });

  it('24: before it, nothing is answered', () => {
    expect(new Play().hear(0, HIGH, 0).timer(9).stop(10).lines).toEqual([
      '0.000 hears 0 from 10.0.0.100: nothing; init',
      '9.000 timer: nothing; init',
      '10.000 stop: release; init',
    ]);
  });
});

describe('a backup', () => {
  it('25: has no address; what is left from an earlier life goes as soon as a master is heard', () => {
    expect(new Play().ready(0, 100, true).hear(0.5, HIGH, 90).hear(0.6, HIGH, 90).lines).toEqual([
      '0.000 ready 100: nothing; backup until 3.609',
      '0.500 hears 90 from 10.0.0.100: release; backup until 3.609',
      '0.600 hears 90 from 10.0.0.100: nothing; backup until 3.609',
    ]);
  });

  it('25: keeps what is left while nobody is there to serve instead', () => {
    expect(new Play().ready(0, 100, true).due().tail(1)).toEqual(['3.609 timer: send 100, hold; master, next 4.609']);
  });

  it('25: that takes part no more lets nothing stay behind', () => {
    expect(new Play().ready(0, 100, true).fault(1).tail(1)).toEqual(['1.000 fault: release; fault']);
    expect(new Play().ready(0, 100, true).stop(1).tail(1)).toEqual(['1.000 stop: release; init']);
    expect(new Play().fault(1).tail(1)).toEqual(['1.000 fault: release; fault']);
  });

  it('26: that hears priority 0 waits for its skew only', () => {
    expect(new Play().ready(0, 100).hear(2, HIGH, 0).due().lines).toEqual([
      '0.000 ready 100: nothing; backup until 3.609',
      '2.000 hears 0 from 10.0.0.100: nothing; backup until 2.609',
      '2.609 timer: send 100, hold; master, next 3.609',
    ]);
  });

  it('27: re-arms the down timer at a higher or an equal priority', () => {
    expect(new Play().ready(0, 100).hear(1, LOW, 200).hear(2, HIGH, 100).hear(3, LOW, 100).tail(3)).toEqual([
      '1.000 hears 200 from 10.0.0.3: nothing; backup until 4.609',
      '2.000 hears 100 from 10.0.0.100: nothing; backup until 5.609',
      '3.000 hears 100 from 10.0.0.3: nothing; backup until 6.609',
    ]);
  });

  it('27: without preemption re-arms it at a lower priority too', () => {
    expect(new Play({ preempt: false }).ready(0, 100).hear(1, LOW, 1).tail(1)).toEqual([
      '1.000 hears 1 from 10.0.0.3: nothing; backup until 4.609',
    ]);
  });

  it('28: with preemption lets the down timer go on at a lower priority', () => {
    expect(new Play().ready(0, 100).hear(1, HIGH, 99).hear(2, HIGH, 99).due().tail(3)).toEqual([
      '1.000 hears 99 from 10.0.0.100: nothing; backup until 3.609',
      '2.000 hears 99 from 10.0.0.100: nothing; backup until 3.609',
      '3.609 timer: send 100, hold; master, next 4.609',
    ]);
  });

  it('29: becomes master when the down timer fires: advert first, then the addresses, then the announcements', () => {
    expect(new Play().ready(0, 100).due().held(3.61).lines).toEqual([
      '0.000 ready 100: nothing; backup until 3.609',
      '3.609 timer: send 100, hold; master, next 4.609',
      '3.610 held: announce ×5; master, next 4.609',
    ]);
  });

  it('29: does not, when the timer fires although an advert has moved it', () => {
    expect(new Play().ready(0, 100).hear(3.6, HIGH, 200).timer(3.609375).tail(1)).toEqual([
      '3.609 timer: nothing; backup until 7.209',
    ]);
  });

  it('23: whose priority changes keeps the wait so far, and takes the new skew', () => {
    expect(new Play().ready(0, 100).ready(1, 228).ready(2, 100).tail(2)).toEqual([
      '1.000 ready 228: nothing; backup until 3.109',
      '2.000 ready 100: nothing; backup until 3.609',
    ]);
  });

  it('27: whose priority falls to the master’s or below lets the master’s latest advert count after all', () => {
    expect(new Play().ready(0, 150).hear(2, HIGH, 100).ready(3, 100).tail(2)).toEqual([
      '2.000 hears 100 from 10.0.0.100: nothing; backup until 3.414',
      '3.000 ready 100: nothing; backup until 5.609',
    ]);
  });
});

describe('a master', () => {
  it('32: advertises every interval, on a grid that a late timer does not move', () => {
    expect(master().timer(4.9).timer(5.609375).timer(6.609374).tail(3)).toEqual([
      '4.900 timer: send 100; master, next 5.609',
      '5.609 timer: send 100; master, next 6.609',
      '6.609 timer: nothing; master, next 6.609',
    ]);
  });

  it('32: leaves out what it slept through', () => {
    const play = master().timer(8.7);
    expect(play.tail(1)).toEqual(['8.700 timer: send 100, announce ×5; master, next 9.609']);
  });

  it('32: advertises a new priority from the next advert on', () => {
    expect(master().ready(4, 80).due().tail(2)).toEqual([
      '4.000 ready 80: nothing; master, next 4.609',
      '4.609 timer: send 80; master, next 5.609',
    ]);
  });

  it('33: that hears priority 0 advertises at once and re-arms', () => {
    expect(master().hear(4, HIGH, 0).tail(1)).toEqual(['4.000 hears 0 from 10.0.0.100: send 100; master, next 5.000']);
  });

  it('34: gives way to a higher priority, whatever the address', () => {
    expect(master().hear(4, LOW, 101).tail(1)).toEqual(['4.000 hears 101 from 10.0.0.3: release; backup until 7.609']);
  });

  it('34: gives way to an equal priority from a larger address, compared as a number', () => {
    // As text "10.0.0.100" is smaller than "10.0.0.20", and "10.0.0.3" larger.
    expect(master().hear(4, HIGH, 100).tail(1)).toEqual([
      '4.000 hears 100 from 10.0.0.100: release; backup until 7.609',
    ]);
    expect(master().hear(4, LOW, 100).machine.state.kind).toBe('master');
    expect(master().hear(4, '200.0.0.1' as typeof LOW, 100).machine.state.kind).toBe('backup');
  });

  it('35: discards a loser’s advert, and tells it and its believers at once', () => {
    expect(master().hear(4, HIGH, 99).tail(1)).toEqual([
      '4.000 hears 99 from 10.0.0.100: send 100, announce ×5; master, next 4.609',
    ]);
  });

  it('35: announces once more a moment later, for a loser’s own announcement may come behind its advert', () => {
    expect(master().hear(4, LOW, 100).due().due().tail(2)).toEqual([
      '4.100 timer: announce ×1; master, next 4.609',
      '4.609 timer: send 100; master, next 5.609',
    ]);
    const contested = new Play().ready(0, 100).due().hear(3.611, LOW, 100).held(3.62).due();
    expect(contested.tail(2)).toEqual([
      '3.620 held: announce ×5; master, next 4.609',
      '3.720 timer: announce ×1; master, next 4.609',
    ]);
  });

  it('35: answers a loser that does not hear it at most once an interval', () => {
    expect(master().hear(4, LOW, 100).hear(4.5, LOW, 100).due().due().hear(5.1, LOW, 100).tail(4)).toEqual([
      '4.500 hears 100 from 10.0.0.3: nothing; master, next 4.609',
      '4.100 timer: announce ×1; master, next 4.609',
      '4.609 timer: send 100; master, next 5.609',
      '5.100 hears 100 from 10.0.0.3: send 100, announce ×5; master, next 5.609',
    ]);
  });

  it('35: whose own advert is overdue hears everybody out before it speaks', () => {
    // It slept from 4.0 to 9.0; a loser, then the living master, wait in its socket.
    expect(master().hear(9, LOW, 50).hear(9, LOW, 0).hear(9, LOW, 200).tail(3)).toEqual([
      '9.000 hears 50 from 10.0.0.3: nothing; master, next 4.609',
      '9.000 hears 0 from 10.0.0.3: nothing; master, next 4.609',
      '9.000 hears 200 from 10.0.0.3: release; backup until 12.609',
    ]);
  });

  it('35: that slept, and was only replaced by losers, takes their believers back', () => {
    expect(master().hear(9, LOW, 50).timer(9).due().due().tail(3)).toEqual([
      '9.000 timer: send 100, announce ×5; master, next 9.609',
      '9.100 timer: announce ×1; master, next 9.609',
      '9.609 timer: send 100; master, next 10.609',
    ]);
  });

  it('36: lets go with priority 0 and then its addresses; its timers end', () => {
    const play = master().stop(4);
    expect(play.tail(1)).toEqual(['4.000 stop: send 0, release; init']);
    expect(dueAt(play.machine.state)).toBeNull();
  });

  it('36: lets go the same way when it cannot serve any more, and silently without a carrier', () => {
    expect(master().fault(4).tail(1)).toEqual(['4.000 fault: send 0, release; fault']);
    expect(master().fault(4, true).tail(1)).toEqual(['4.000 silent fault: release; fault']);
    expect(master().refused(4).tail(1)).toEqual(['4.000 refused: send 0, release; fault']);
  });

  it('36: is a backup again, with a whole down interval, after a fault', () => {
    expect(master().fault(4).hear(4.5, HIGH, 0).ready(5, 100).tail(2)).toEqual([
      '4.500 hears 0 from 10.0.0.100: nothing; fault',
      '5.000 ready 100: nothing; backup until 8.609',
    ]);
  });

  it('37: announces nothing before the kernel has the addresses', () => {
    expect(new Play().ready(0, 100).due().hear(3.7, LOW, 50).held(3.8).tail(2)).toEqual([
      '3.700 hears 50 from 10.0.0.3: send 100; master, next 4.609',
      '3.800 held: announce ×5; master, next 4.609',
    ]);
  });

  it('37: announces nothing when the kernel’s answer belongs to an earlier mastership', () => {
    const play = master().hear(4, HIGH, 200).due();
    expect(play.held(8, 1).tail(1)).toEqual(['8.000 held: nothing; master, next 8.609']);
    expect(play.held(8, 2).tail(1)).toEqual(['8.000 held: announce ×5; master, next 8.609']);
    expect(play.refused(8, 1).tail(1)).toEqual(['8.000 refused: nothing; master, next 8.609']);
  });

  it('37: takes a stolen address again, and announces it again once it stands', () => {
    expect(master().robbed(4).hear(4.1, LOW, 50).held(4.2).tail(3)).toEqual([
      '4.000 robbed: hold; master, next 4.609',
      '4.100 hears 50 from 10.0.0.3: send 100; master, next 4.609',
      '4.200 held: announce ×5; master, next 4.609',
    ]);
    expect(new Play().ready(0, 100).robbed(1).tail(1)).toEqual(['1.000 robbed: nothing; backup until 3.609']);
  });

  it('29: announces once more a moment after the first time, and a second time after the delay', () => {
    const play = master();
    while (dueAt(play.machine.state) !== null && play.lines.length < 10) play.due();
    expect(play.lines.filter((line) => line.includes('announce'))).toEqual([
      '3.610 held: announce ×5; master, next 4.609',
      '3.710 timer: announce ×1; master, next 4.609',
      '8.610 timer: announce ×5; master, next 9.609',
    ]);
  });

  it('29: announces no second time where none is asked for', () => {
    const play = master({ announce: { first: 1, delay: seconds(5), second: 0, refresh: seconds(0) } });
    for (let i = 0; i < 8; i += 1) play.due();
    expect(play.lines.filter((line) => line.includes('announce')).length).toBe(2);
    const silent = new Play({ announce: { first: 0, delay: seconds(5), second: 0, refresh: seconds(0) } });
    silent.ready(0, 100).due().held(3.61);
    for (let i = 0; i < 8; i += 1) silent.due();
    expect(silent.lines.filter((line) => line.includes('announce ×1')).length).toBe(0);
  });

  it('29: announces once in a while as long as it is master, for hosts that missed the change', () => {
    const play = master({ announce: { first: 5, delay: seconds(5), second: 5, refresh: seconds(20) } });
    for (let i = 0; i < 50; i += 1) play.due();
    expect(play.lines.filter((line) => line.includes('announce')).map((line) => line.split(';')[0])).toEqual([
      '3.610 held: announce ×5',
      '3.710 timer: announce ×1',
      '8.610 timer: announce ×5',
      '28.610 timer: announce ×1',
      '48.610 timer: announce ×1',
    ]);
  });

  it('34: is told apart from us by the address that we send from', () => {
    expect(master().machine.source).toBe(ME);
  });
});
