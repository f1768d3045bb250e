import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepGroup } from '../../src/core/vrrp/group.js';
import { dueAt, type Event, initial, type Machine } from '../../src/core/vrrp/machine.js';
import { advertOf, type VrrpSettings } from '../../src/core/vrrp/settings.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { type Instant, instant, seconds } from '../../src/values/time.js';
import { HIGH, ME, settings } from './vrrp-transcript.js';

/** A group whose members are told things at times in seconds; what they do is written down, the spoken-to one's first. */
class GroupPlay {
  readonly lines: string[] = [];
  machines: Machine[];
  readonly #settings: readonly VrrpSettings[];

  constructor(...over: Partial<VrrpSettings>[]) {
    this.#settings = over.map((each, i) => settings({ virtualRouterId: 50 + i, ...each }));
    this.machines = this.#settings.map(() => initial);
  }

  /** All members' conditions hold. */
  ready(at: number, ...priorities: number[]): this {
    priorities.forEach((priority, i) => {
      this.feed(at, i, { kind: 'ready', priority, source: ME, present: false });
    });
    return this;
  }

  hear(at: number, member: number, priority: number, from: Ipv4 = HIGH): this {
    const advert = advertOf(this.#settings[member] as VrrpSettings, priority);
    return this.feed(at, member, { kind: 'advert', from, advert });
  }

  /** All timers that are due by then fire when they are. */
  until(at: number): this {
    for (;;) {
      const due = this.machines.map(({ state }, i) => ({ i, at: dueAt(state) })).filter((d) => d.at !== null);
      const next = due.sort((a, b) => Number(a.at) - Number(b.at))[0];
      if (next?.at == null || next.at > at * 1e6) return this;
      this.feed(next.at / 1e6, next.i, { kind: 'timer' }, next.at);
    }
  }

  feed(at: number, member: number, event: Event, now: Instant = instant(Math.round(at * 1e6))): this {
    const members = this.#settings.map((s, i) => ({ settings: s, machine: this.machines[i] as Machine }));
    const steps = stepGroup(members, member, event, now);
    this.machines = steps.map((s) => s.machine);
    const did = steps.flatMap((s, i) =>
      s.actions.map((a) => `${i + 1} ${a.kind}${a.kind === 'send' ? ` ${a.priority}` : ''}`),
    );
    if (did.length > 0) this.lines.push(`${(now / 1e6).toFixed(3)} ${did.join(', ')}`);
    return this;
  }

  get states(): string {
    return this.machines.map((m) => m.state.kind).join(' ');
  }
}

/** Two masters from 3.609375 s on. */
const masters = (...over: Partial<VrrpSettings>[]): GroupPlay => {
  const play = new GroupPlay(...(over.length > 0 ? over : [{}, {}])).ready(0, 100, 100).until(4);
  play.lines.length = 0;
  return play;
};

describe('a sync group', () => {
  it('becomes master in one step when the last of its down timers has run out', () => {
    expect(new GroupPlay({}, {}).ready(0, 200, 100).until(4).lines).toEqual([
      '3.609 1 send 200, 1 hold, 2 send 100, 2 hold',
    ]);
  });

  it('waits as long as one member hears a master that it yields to, and goes when that one is silent', () => {
    const play = new GroupPlay({}, {}).ready(0, 100, 100);
    for (let at = 0.5; at < 20; at += 1) play.until(at).hear(at, 1, 150);
    expect([play.states, play.lines]).toEqual(['backup backup', []]);
    expect(play.until(24).lines).toEqual(['23.109 1 send 100, 1 hold, 2 send 100, 2 hold']);
  });

  it('follows a master that lets go on both segments after the longer skew', () => {
    const play = new GroupPlay({}, {}).ready(0, 100, 200).hear(1, 0, 201).hear(1, 1, 201).hear(2, 0, 0).hear(2, 1, 0);
    expect(play.until(3).lines).toEqual(['2.609 1 send 100, 1 hold, 2 send 200, 2 hold']);
  });

  it('lets go as a whole when one master meets a better one, the others with priority 0', () => {
    const play = masters().hear(5, 0, 150);
    expect([play.states, play.lines.at(-1)]).toEqual(['backup backup', '5.000 1 release, 2 send 0, 2 release']);
  });

  it('goes into fault as a whole, and says priority 0 where it can', () => {
    const play = masters().feed(5, 1, { kind: 'fault', silent: true });
    expect([play.states, play.lines.at(-1)]).toEqual(['fault fault', '5.000 1 send 0, 1 release, 2 release']);
  });

  it('is no master while one member is in fault, and comes back as a whole', () => {
    const play = masters().feed(5, 1, { kind: 'fault', silent: false });
    play.feed(6, 0, { kind: 'ready', priority: 100, source: ME, present: false }).until(30);
    expect(play.states).toBe('backup fault');
    play.feed(30, 1, { kind: 'ready', priority: 100, source: ME, present: false });
    expect(play.until(34).states).toBe('master master');
  });

  it('stops, gives mastership away and takes it back as a whole', () => {
    expect(masters().feed(5, 0, { kind: 'stop' }).states).toBe('init init');
    const given = masters().feed(4.5, 0, { kind: 'yield' });
    expect([given.states, given.lines.at(-1)]).toEqual(['master master', '4.500 1 send 0, 2 send 0']);
    expect(given.hear(4.9, 1, 50).states).toBe('backup backup');
    expect(given.lines.at(-1)).toBe('4.900 1 release, 2 release');
    given.until(60);
    expect(given.states).toBe('backup backup');
    given.feed(60, 1, { kind: 'resume' });
    expect(given.until(70).states).toBe('master master');
    const alone = masters().feed(4.5, 0, { kind: 'yield' }).until(12);
    expect(alone.lines.filter((line) => line.includes('send 100')).at(0)).toMatch(/^8\.\d+ 1 send 100, 2 send 100$/);
  });

  it('with a preempt_delay on one member leaves a lesser master in office until that is over', () => {
    const play = new GroupPlay({ preemptDelay: seconds(10) }, {}).ready(0, 100, 100);
    for (let at = 0.5; at < 20; at += 1) play.until(at).hear(at, 0, 50).hear(at, 1, 50);
    expect(play.lines.at(0)).toBe('13.109 1 send 100, 1 hold, 2 send 100, 2 hold');
  });

  it('24: of address owners is master as soon as the last of them is ready', () => {
    const play = new GroupPlay({}, {}).ready(2, 255, 255);
    expect([play.states, play.lines]).toEqual(['master master', ['2.000 1 send 255, 1 hold, 2 send 255, 2 hold']]);
  });

  it('25: takes what stood before its start off all segments when one member hears a master', () => {
    const play = new GroupPlay({}, {});
    for (const i of [0, 1]) play.feed(0, i, { kind: 'ready', priority: 100, source: ME, present: true });
    expect(play.hear(1, 0, 200).lines).toEqual(['1.000 1 release, 2 release']);
  });

  it('with crossed priorities leaves who serves in office, for as long as he does', () => {
    const play = masters().hear(5, 0, 50).hear(6, 1, 50);
    expect(play.states).toBe('master master');
    const other = new GroupPlay({}, {}).ready(0, 50, 200);
    for (let at = 0.5; at < 100; at += 1) other.until(at).hear(at, 0, 100).hear(at, 1, 100);
    expect([other.states, other.lines]).toEqual(['backup backup', []]);
  });

  it('is never half a master, whatever happens to it', () => {
    const event = fc.oneof(
      fc.record({ what: fc.constant('hear' as const), at: fc.nat(1), priority: fc.constantFrom(0, 50, 100, 150) }),
      fc.record({
        what: fc.constantFrom('fault', 'yield', 'resume', 'robbed', 'ready'),
        at: fc.nat(1),
        priority: fc.constantFrom(50, 100, 255),
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 6_000 }), event), { maxLength: 60 }), (history) => {
        const play = new GroupPlay({}, {}).ready(0, 100, 100);
        let now = 0;
        for (const [wait, { what, at, priority }] of history) {
          now += wait / 1_000;
          play.until(now);
          if (what === 'hear') play.hear(now, at, priority);
          else if (what === 'ready') play.feed(now, at, { kind: 'ready', priority, source: ME, present: false });
          else if (what === 'fault') play.feed(now, at, { kind: 'fault', silent: false });
          else play.feed(now, at, { kind: what as 'yield' | 'resume' | 'robbed' });
          const kinds = play.states.split(' ');
          expect(kinds.filter((kind) => kind === 'master').length % 2).toBe(0);
        }
      }),
    );
  });
});
