import type { Advert, AdvertV2, AdvertV3 } from '../../src/core/vrrp/advert.js';
import {
  type Action,
  dueAt,
  type Event,
  initial,
  type Machine,
  type State,
  step,
} from '../../src/core/vrrp/machine.js';
import { advertOf, type VrrpSettings } from '../../src/core/vrrp/settings.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { type Duration, formatDuration, type Instant, instant, seconds } from '../../src/values/time.js';

/** Our own address in every transcript; between the neighbours' `low` and `high`. */
export const ME = '10.0.0.20' as Ipv4;
export const LOW = '10.0.0.3' as Ipv4;
export const HIGH = '10.0.0.100' as Ipv4;

export const settings = (over: Partial<VrrpSettings> = {}): VrrpSettings => ({
  virtualRouterId: 50,
  version: 2,
  family: 4,
  unicast: null,
  interval: seconds(1),
  preempt: true,
  preemptDelay: seconds(0),
  auth: { type: 'pass', password: 'netology' },
  checksum: 'pseudo_header',
  addresses: ['172.28.128.200' as Ipv4],
  announce: { first: 5, delay: seconds(5), second: 5, refresh: seconds(60) },
  ...over,
});

export const advert = (priority: number, over: Partial<AdvertV2> = {}): AdvertV2 => ({
  version: 2,
  virtualRouterId: 50,
  priority,
  interval: seconds(1),
  addresses: ['172.28.128.200' as Ipv4],
  auth: { type: 'pass', password: 'netology' },
  ...over,
});

/** Version 3 settings with this interval. */
export const settings3 = (interval: Duration, over: Partial<VrrpSettings> = {}): VrrpSettings =>
  settings({ version: 3, interval, auth: { type: 'none' }, ...over });

export const advert3 = (priority: number, over: Partial<AdvertV3> = {}): AdvertV3 => ({
  version: 3,
  virtualRouterId: 50,
  priority,
  interval: seconds(1),
  addresses: ['172.28.128.200' as Ipv4],
  checksum: 'pseudo_header',
  ...over,
});

/** One virtual router that is told things at times in seconds; what it does is written down. */
export class Play {
  readonly lines: string[] = [];
  machine: Machine = initial;
  readonly #settings: VrrpSettings;

  constructor(over: Partial<VrrpSettings> = {}) {
    this.#settings = settings(over);
  }

  ready(at: number, priority: number, present = false): this {
    return this.#feed(at, `ready ${priority}`, { kind: 'ready', priority, source: ME, present });
  }

  /** `interval` is the sender's, by default ours. */
  hear(at: number, from: Ipv4, priority: number, interval = this.#settings.interval): this {
    const heard: Advert = { ...advertOf(this.#settings, priority), interval };
    const every = interval === this.#settings.interval ? '' : ` every ${formatDuration(interval)}`;
    return this.#feed(at, `hears ${priority}${every} from ${from}`, { kind: 'advert', from, advert: heard });
  }

  fault(at: number, silent = false): this {
    return this.#feed(at, silent ? 'silent fault' : 'fault', { kind: 'fault', silent });
  }

  held(at: number, term = this.machine.terms): this {
    return this.#feed(at, 'held', { kind: 'held', term });
  }

  refused(at: number, term = this.machine.terms): this {
    return this.#feed(at, 'refused', { kind: 'refused', term });
  }

  robbed(at: number): this {
    return this.#feed(at, 'robbed', { kind: 'robbed' });
  }

  /** An administrator gives mastership away. */
  yield(at: number): this {
    return this.#feed(at, 'yield', { kind: 'yield' });
  }

  resume(at: number): this {
    return this.#feed(at, 'resume', { kind: 'resume' });
  }

  stop(at: number): this {
    return this.#feed(at, 'stop', { kind: 'stop' });
  }

  timer(at: number): this {
    return this.#feed(at, 'timer', { kind: 'timer' });
  }

  /** The timer fires exactly when the machine wants it. */
  due(): this {
    const at = dueAt(this.machine.state);
    if (at === null) throw new Error(`${this.machine.state.kind} waits for no timer`);
    return this.#feed(at / 1e6, 'timer', { kind: 'timer' }, at);
  }

  /** The last `n` lines; all by default. */
  tail(n = this.lines.length): string[] {
    return this.lines.slice(-n);
  }

  #feed(at: number, what: string, event: Event, now: Instant = instant(Math.round(at * 1e6))): this {
    const { machine, actions } = step(this.#settings, this.machine, event, now);
    this.machine = machine;
    const did = actions.map(action).join(', ') || 'nothing';
    this.lines.push(`${time(now)} ${what}: ${did}; ${state(machine.state)}`);
    return this;
  }
}

/** A master with priority 100 at 3.609375 s, its addresses held, announced, and announced again. */
export const master = (over: Partial<VrrpSettings> = {}): Play => new Play(over).ready(0, 100).due().held(3.61).due();

const time = (at: number): string => (at / 1e6).toFixed(3);

function action(a: Action): string {
  switch (a.kind) {
    case 'send':
      return `send ${a.priority}`;
    case 'announce':
      return `announce ×${a.times}`;
    default:
      return a.kind;
  }
}

function state(s: State): string {
  switch (s.kind) {
    case 'backup':
      return `backup until ${time(s.downAt)}`;
    case 'master':
      return `master, next ${time(s.advertAt)}`;
    default:
      return s.kind;
  }
}
