import { describe, expect, it } from 'vitest';
import type { Channel, ToDirector, ToRouter } from '../../src/ports/channel.js';
import { type Child, Supervisor } from '../../src/router/supervisor.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { silent } from '../../src/values/log.js';
import { instant, millis, seconds, toSeconds } from '../../src/values/time.js';

/** A director process that does what the test says. */
class FakeChild implements Child {
  readonly pid = 7;
  readonly heard: ToDirector[] = [];
  killed = false;
  #tell: (message: ToRouter) => void = () => {};
  #exit: (how: string) => void = () => {};
  /** Answers pings. */
  alive = true;

  readonly channel: Channel<ToDirector, ToRouter> = {
    send: (message) => {
      this.heard.push(message);
      if (message.kind === 'ping' && this.alive) this.tell({ kind: 'pong', sequence: message.sequence });
      return true;
    },
    onMessage: (receive) => {
      this.#tell = receive;
    },
    onClose: () => {},
  };

  tell(message: ToRouter): void {
    this.#tell(message);
  }

  end(how = 'exit status 1'): void {
    this.#exit(how);
  }

  kill(): void {
    this.killed = true;
    this.end('signal SIGKILL');
  }

  onExit(exited: (how: string) => void): void {
    this.#exit = exited;
  }
}

function rig(options: { start?: () => void } = {}) {
  const clock = new VirtualClock(instant(0));
  const router = new SimProcess(clock);
  const children: FakeChild[] = [];
  const lines: string[] = [];
  const say = (what: string): void => {
    lines.push(`${toSeconds(millis(Math.round(clock.now() / 1000)))} ${what}`);
  };
  const supervisor = new Supervisor({
    clock,
    alarms: router,
    log: silent,
    start: () => {
      options.start?.();
      const child = new FakeChild();
      children.push(child);
      say('start');
      return child;
    },
    grace: seconds(30),
    message: (message) => {
      if (message.kind !== 'pong' && message.kind !== 'ready') say(`hears ${message.kind}`);
    },
    ready: () => say('ready'),
    missing: (missing) => say(missing ? 'missing' : 'back'),
  });
  const last = (): FakeChild => children.at(-1) as FakeChild;
  return { clock, router, supervisor, children, lines, last };
}

describe('the supervisor', () => {
  it('starts a director that ended again after 100 ms, and waits longer each time, at most 5 s', async () => {
    const { clock, supervisor, lines, last } = rig();
    supervisor.start();
    for (let i = 0; i < 9; i += 1) {
      last().end();
      await clock.advance(seconds(5));
    }
    const starts = lines.filter((line) => line.endsWith('start')).map((line) => Number(line.split(' ')[0]));
    expect(starts.slice(0, 4)).toEqual([0, 0.1, 5.2, 10.4]);
    expect(Math.max(...starts.slice(1).map((at, i) => at - (starts[i] ?? 0)))).toBeLessThanOrEqual(10);
  });

  it('tells the router after the grace that none came back, and when one is there again', async () => {
    const { clock, supervisor, lines, last } = rig();
    supervisor.start();
    last().tell({ kind: 'ready' });
    await clock.advance(seconds(60));
    expect(lines).toEqual(['0 start', '0 ready']);
    last().end();
    await clock.advance(seconds(29));
    expect(lines.filter((line) => line.endsWith('missing'))).toEqual([]);
    await clock.advance(seconds(2));
    expect(lines.filter((line) => line.endsWith('missing'))).toEqual(['90 missing']);
    last().tell({ kind: 'ready' });
    expect(lines.slice(-2)).toEqual(['91 ready', '91 back']);
  });

  it('counts the grace from the start when no director ever gets ready', async () => {
    const { clock, supervisor, lines } = rig();
    supervisor.start();
    await clock.advance(seconds(31));
    expect(lines).toContain('30 missing');
  });

  it('does not let failed starts prolong the grace', async () => {
    const { clock, supervisor, lines, last } = rig();
    supervisor.start();
    last().tell({ kind: 'ready' });
    await clock.advance(seconds(20));
    for (let i = 0; i < 8; i += 1) {
      last().end();
      await clock.advance(seconds(5));
    }
    expect(lines).toContain('50 missing');
  });

  it('ends a director that answers no ping for 10 s, and starts another', async () => {
    const { clock, supervisor, children, last } = rig();
    supervisor.start();
    last().tell({ kind: 'ready' });
    await clock.advance(seconds(20));
    expect(children.length).toBe(1);
    last().alive = false;
    await clock.advance(seconds(12));
    expect(children[0]?.killed).toBe(true);
    expect(children.length).toBe(2);
  });

  it('does not blame the director for a stall of its own', async () => {
    for (const answers of [true, false]) {
      const { clock, router, supervisor, children, last } = rig();
      supervisor.start();
      last().tell({ kind: 'ready' });
      await clock.advance(millis(20_500));
      // The whole host sleeps; in the second turn an answer is on its way, and read only after the alarms.
      last().alive = answers;
      await clock.advance(seconds(1));
      router.stall();
      await clock.advance(seconds(300));
      router.wake();
      last().alive = true;
      await clock.advance(seconds(60));
      expect(children.length).toBe(1);
      expect(children[0]?.killed).toBe(false);
    }
  });

  it('gives a director that starts on a busy host a minute, and ends one that hangs in its start', async () => {
    const { clock, supervisor, children, last } = rig();
    supervisor.start();
    last().alive = false;
    await clock.advance(seconds(59));
    expect(children.length).toBe(1);
    await clock.advance(seconds(5));
    expect(children[0]?.killed).toBe(true);
    expect(children.length).toBe(2);
  });

  it('asks a director to stop, and ends it after 3 s when it does not', async () => {
    const { clock, supervisor, children, last } = rig();
    supervisor.start();
    last().tell({ kind: 'ready' });
    const stopped = supervisor.stop();
    expect(last().heard.at(-1)).toEqual({ kind: 'stop' });
    await clock.advance(seconds(4));
    await stopped;
    expect(children[0]?.killed).toBe(true);
    await clock.advance(seconds(60));
    expect(children.length).toBe(1);
  });

  it('gives a director that drains the table the time that it asks for', async () => {
    const { clock, supervisor, children, last } = rig();
    supervisor.start();
    last().tell({ kind: 'ready' });
    const stopped = supervisor.stop();
    last().tell({ kind: 'stopping', within: seconds(30) });
    await clock.advance(seconds(32));
    expect(children[0]?.killed).toBe(false);
    await clock.advance(seconds(2));
    await stopped;
    expect(children[0]?.killed).toBe(true);
  });

  it('goes on trying when a process cannot be started at all', async () => {
    let failures = 3;
    const { clock, supervisor, children } = rig({
      start: () => {
        failures -= 1;
        if (failures >= 0) throw new Error('EAGAIN');
      },
    });
    supervisor.start();
    await clock.advance(seconds(2));
    expect(children.length).toBe(1);
  });
});
