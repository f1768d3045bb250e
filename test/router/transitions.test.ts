import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/notify/transition.js';
import type { ToDirector } from '../../src/ports/channel.js';
import { FIFO_LANE, laneOf, Transitions } from '../../src/router/transitions.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { instant, millis, seconds } from '../../src/values/time.js';

const VI_1 = laneOf('instance', 'VI_1');

const change = (from: Change['from'], to: Change['to'], name = 'VI_1'): Change => ({
  subject: 'instance',
  name,
  from,
  to,
  priority: 100,
  reason: 'because\nof it',
  time: '2026-01-01T00:00:00.000Z',
});

/** Transitions of a router, and what a director is sent; there is none while `there` is false. */
class Desk {
  readonly clock = new VirtualClock(instant(0));
  readonly sent: string[] = [];
  readonly left: unknown[] = [];
  readonly lines: string[] = [];
  there = true;
  readonly transitions: Transitions;

  constructor(lanes: readonly string[]) {
    const line = (_: object, text: string): void => void this.lines.push(text);
    this.transitions = new Transitions(lanes, {
      clock: this.clock,
      alarms: new SimProcess(this.clock),
      log: { debug: line, info: line, warn: line, error: line },
      send: (message: ToDirector) => {
        if (!this.there) return false;
        if (message.kind === 'standing') {
          this.sent.push(
            `stands: ${message.told.map((t) => `${t.lane}: ${t.transition.name} ${t.transition.to}`).join(', ')}`,
          );
        }
        if (message.kind !== 'transition') return true;
        const { lane, transition, left } = message;
        this.sent.push(`${lane}: ${transition.sequence} ${transition.name} ${transition.from}>${transition.to}`);
        this.left.push(left);
        return true;
      },
    });
  }

  taken(): string[] {
    return this.sent.splice(0);
  }
}

describe('transitions that are to be told', () => {
  it('go to an instance’s commands one by one, and to the FIFO as they come', () => {
    const desk = new Desk([FIFO_LANE, VI_1]);
    desk.transitions.put(change('init', 'backup'));
    desk.transitions.put(change('backup', 'master'));
    desk.transitions.put(change('init', 'backup', 'VI_2'));
    expect(desk.taken()).toEqual([
      'fifo: 1 VI_1 init>backup',
      'instance VI_1: 1 VI_1 init>backup',
      'fifo: 2 VI_1 backup>master',
      'fifo: 3 VI_2 init>backup',
    ]);
    desk.transitions.told(VI_1, 1);
    expect(desk.taken()).toEqual(['instance VI_1: 2 VI_1 backup>master']);
    desk.transitions.told(VI_1, 2);
    desk.transitions.told(FIFO_LANE, 3);
    expect(desk.transitions.waiting).toBe(0);
  });

  it('wait for a director, and go again to one that comes after another, with the process that was left', async () => {
    const desk = new Desk([VI_1]);
    desk.there = false;
    desk.transitions.put(change('init', 'backup'));
    desk.there = true;
    await desk.clock.advance(millis(250));
    expect(desk.taken()).toEqual(['instance VI_1: 1 VI_1 init>backup']);
    desk.transitions.telling(VI_1, 1, { pid: 77, born: '123' });
    desk.transitions.resend();
    expect(desk.taken()).toEqual(['instance VI_1: 1 VI_1 init>backup']);
    expect(desk.left).toEqual([null, { pid: 77, born: '123' }]);
    desk.transitions.told(VI_1, 1);
    desk.transitions.put(change('backup', 'master'));
    expect(desk.left.at(-1)).toBeNull();
  });

  it('stand as they were told last for a director that comes later, before anything new', async () => {
    const desk = new Desk([FIFO_LANE, VI_1]);
    desk.transitions.put(change('init', 'backup'));
    desk.transitions.put(change('init', 'backup', 'VI_2'));
    desk.transitions.told(VI_1, 1);
    desk.transitions.told(FIFO_LANE, 2);
    desk.there = false;
    desk.transitions.put(change('backup', 'master'));
    desk.taken();
    desk.transitions.resend();
    desk.there = true;
    await desk.clock.advance(millis(250));
    expect(desk.taken()).toEqual([
      'stands: instance VI_1: VI_1 backup, fifo: VI_1 backup, fifo: VI_2 backup',
      'fifo: 3 VI_1 backup>master',
      'instance VI_1: 3 VI_1 backup>master',
    ]);
    desk.transitions.told(VI_1, 3);
    desk.transitions.put(change('master', 'backup'));
    expect(desk.taken()).toEqual(['fifo: 4 VI_1 master>backup', 'instance VI_1: 4 VI_1 master>backup']);
  });

  it('are folded beyond the bound, which is said, and the last state is told', () => {
    const desk = new Desk([VI_1]);
    desk.there = false;
    desk.transitions.put(change('init', 'backup'));
    for (let i = 0; i < 500; i += 1) {
      desk.transitions.put(change('backup', 'master'));
      desk.transitions.put(change('master', 'backup'));
    }
    expect(desk.transitions.waiting).toBe(64);
    const said = (n: number): string =>
      `instance VI_1: intermediate changes of state are not told (${n}), because too many waited`;
    expect(desk.lines).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map(said));
    desk.there = true;
    desk.transitions.resend();
    for (let i = 0; i < 64; i += 1) desk.transitions.told(VI_1, 2_000);
    expect(desk.taken().at(-1)).toBe('instance VI_1: 1001 VI_1 master>backup');
  });

  it('settle when all are told, or after their time with a line that says what was not', async () => {
    const desk = new Desk([VI_1]);
    desk.transitions.put(change('master', 'stop'));
    let settled = false;
    void desk.transitions.settle(seconds(5)).then(() => {
      settled = true;
    });
    desk.transitions.told(VI_1, 1);
    await desk.clock.advance(millis(1));
    expect(settled).toBe(true);

    const mute = new Desk([VI_1]);
    mute.transitions.put(change('backup', 'master'));
    mute.transitions.put(change('master', 'stop'));
    const late = mute.transitions.settle(seconds(5));
    await mute.clock.advance(seconds(6));
    await late;
    expect(mute.lines).toEqual(['not told before the stop: VI_1 master, VI_1 stop']);
  });

  it('are not kept where nobody wants them', () => {
    const desk = new Desk([]);
    desk.transitions.put(change('init', 'backup'));
    expect(desk.transitions.waiting).toBe(0);
  });

  it('of a lane that a reload takes away are told before it goes, and a new lane tells from then on', () => {
    const desk = new Desk([VI_1]);
    const VI_2 = laneOf('instance', 'VI_2');
    desk.transitions.put(change('init', 'backup'));
    desk.transitions.put(change('backup', 'stop'));
    desk.transitions.reconfigure([VI_2]);
    desk.transitions.put(change('init', 'backup'));
    desk.transitions.put(change('init', 'backup', 'VI_2'));
    expect(desk.taken()).toEqual([
      'instance VI_1: 1 VI_1 init>backup',
      'instance VI_1: 2 VI_1 backup>stop',
      'instance VI_2: 4 VI_2 init>backup',
    ]);
    desk.transitions.told(VI_1, 1);
    expect(desk.transitions.waiting).toBe(2);
    desk.transitions.told(VI_1, 2);
    desk.transitions.told(VI_2, 4);
    expect(desk.transitions.waiting).toBe(0);
    desk.transitions.resend();
    expect(desk.taken()).toEqual(['stands: instance VI_2: VI_2 backup']);
  });
});
