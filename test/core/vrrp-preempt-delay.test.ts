import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/values/time.js';
import { HIGH, LOW, Play } from './vrrp-transcript.js';

// As keepalived 2.2 has it: vrrp_state_backup() in keepalived/vrrp/vrrp.c, `preempt_time`.
const delay = (s: number, over = {}): Play => new Play({ preemptDelay: seconds(s), ...over });

describe('a preempt_delay', () => {
  it('28: begins with the start: a master of lower priority is left alone until it is over, and for a down interval then', () => {
    expect(
      delay(10).ready(0, 100).hear(3, HIGH, 50).hear(9.9, HIGH, 50).hear(10, HIGH, 50).hear(11, HIGH, 50).due().tail(5),
    ).toEqual([
      '3.000 hears 50 from 10.0.0.100: nothing; backup until 6.609',
      '9.900 hears 50 from 10.0.0.100: nothing; backup until 13.509',
      '10.000 hears 50 from 10.0.0.100: nothing; backup until 13.509',
      '11.000 hears 50 from 10.0.0.100: nothing; backup until 13.509',
      '13.509 timer: send 100, hold; master, next 14.509',
    ]);
  });

  it('28: begins anew with the first advert of a lower priority after a better master', () => {
    const play = delay(5).ready(0, 100).hear(10, HIGH, 200).hear(20, HIGH, 50).hear(21, HIGH, 50).hear(25, HIGH, 50);
    expect(play.tail(4)).toEqual([
      '10.000 hears 200 from 10.0.0.100: nothing; backup until 13.609',
      '20.000 hears 50 from 10.0.0.100: nothing; backup until 23.609',
      '21.000 hears 50 from 10.0.0.100: nothing; backup until 24.609',
      '25.000 hears 50 from 10.0.0.100: nothing; backup until 24.609',
    ]);
  });

  it('29: is not waited for when the master is gone, or lets go', () => {
    expect(delay(1000).ready(0, 100).hear(3, HIGH, 50).due().tail(1)).toEqual([
      '6.609 timer: send 100, hold; master, next 7.609',
    ]);
    expect(delay(1000).ready(0, 100).hear(3, HIGH, 50).hear(3.5, HIGH, 0).due().tail(1)).toEqual([
      '4.109 timer: send 100, hold; master, next 5.109',
    ]);
    expect(delay(1000).ready(0, 100).due().tail(1)).toEqual(['3.609 timer: send 100, hold; master, next 4.609']);
  });

  it('28: begins when a rise of our priority makes a master the lesser one', () => {
    expect(delay(5).ready(0, 100).hear(10, HIGH, 150).ready(10.5, 200).hear(11, HIGH, 150).tail(2)).toEqual([
      '10.500 ready 200: nothing; backup until 13.219',
      '11.000 hears 150 from 10.0.0.100: nothing; backup until 14.219',
    ]);
  });

  it('27: plays no part for equals, nor without preemption', () => {
    expect(delay(5).ready(0, 100).hear(6, LOW, 100).tail(1)).toEqual([
      '6.000 hears 100 from 10.0.0.3: nothing; backup until 9.609',
    ]);
    expect(delay(0, { preempt: false }).ready(0, 100).hear(6, LOW, 1).tail(1)).toEqual([
      '6.000 hears 1 from 10.0.0.3: nothing; backup until 9.609',
    ]);
  });

  it('24: of an owner is none', () => {
    expect(delay(5).ready(0, 255).machine.state.kind).toBe('master');
  });
});
