import type { Version } from '../../src/core/vrrp/advert.js';
import type { WakeOrder } from '../../src/sim/process.js';
import { type Random, seeded } from '../../src/sim/random.js';
import type { Weather } from '../../src/sim/segment.js';
import type { Family } from '../../src/values/ip.js';
import { type Duration, micros, millis, seconds } from '../../src/values/time.js';

/** One thing that happens to the network or to a host. Hosts are named by their place in the list. */
export type Op =
  | { readonly kind: 'start' | 'stop' | 'kill' | 'stall' | 'hang' | 'yield' | 'resume'; readonly host: number }
  /** `segment`: by default the first. */
  | {
      readonly kind: 'cut' | 'mend' | 'down' | 'up' | 'rob';
      readonly host: number;
      readonly segment?: number;
    }
  | { readonly kind: 'wake'; readonly host: number; readonly order: WakeOrder }
  | { readonly kind: 'script'; readonly host: number; readonly up: boolean }
  | { readonly kind: 'part'; readonly islands: readonly (readonly number[])[]; readonly segment?: number }
  | { readonly kind: 'join'; readonly segment?: number }
  | { readonly kind: 'weather'; readonly weather: Weather; readonly segment?: number };

export interface HostPlan {
  readonly priority: number;
  /** On the second segment, where there is one. */
  readonly priority2: number;
  /** The same on all hosts in version 2; in version 3 each learns the others'. */
  readonly interval: Duration;
  readonly preempt: boolean;
  readonly preemptDelay: Duration;
  /** The weight of its track script; null without one. */
  readonly weight: number | null;
  /** Whether it runs once the network is healed. */
  readonly survives: boolean;
}

/** A run as data: it can be printed, cut down and kept as a named case. */
export interface Scenario {
  readonly seed: number;
  /** `healthy`: nothing is lost and delays are far below the interval; only hosts and scripts change. */
  readonly kind: 'healthy' | 'chaotic';
  readonly version: Version;
  /** 6 in version 3 only. */
  readonly family: Family;
  /** Adverts go to each of the other hosts alone. */
  readonly unicast: boolean;
  /** With two, each host has an instance on each, in one sync group. */
  readonly segments: 1 | 2;
  readonly hosts: readonly HostPlan[];
  readonly weather: Weather;
  /** Alarms are late by up to this. */
  readonly lateness: Duration;
  /** Times count from the start of the run. */
  readonly ops: readonly { readonly at: Duration; readonly op: Op }[];
  /** Everything is mended here, the survivors run, and nothing happens any more. */
  readonly healAt: Duration;
}

const WEIGHTS = [null, null, 0, 20, -20, 100, -100] as const;

/** The longest interval of a run: no timer waits for more than four of these. */
export const longestInterval = ({ hosts }: Pick<Scenario, 'hosts'>): Duration =>
  micros(Math.max(...hosts.map((h) => h.interval)));

/** When the second announcements follow the first. */
export const secondRound = (scenario: Pick<Scenario, 'hosts'>): Duration =>
  micros(Math.min(seconds(5), 5 * longestInterval(scenario)));

/** The run that belongs to a seed: every other one in version 3, at a pace of its own. */
export function scenario(seed: number): Scenario {
  const random = seeded(seed);
  const kind = random.chance(0.4) ? 'healthy' : 'chaotic';
  const version = random.chance(0.5) ? 2 : 3;
  const whole = random.pick([1, 1, 1, 2, 3]) * 1_000;
  // A run lasts so many intervals, whatever their length.
  const base = version === 2 ? whole : random.pick([100, 100, 200, 500, 1_000, 2_500]);
  const pace = version === 2 ? 1 : base / 1_000;
  const family = version === 3 && random.chance(0.35) ? 6 : 4;
  const unicast = random.chance(0.2);
  const segments = random.chance(0.3) ? 2 : 1;
  const delay = random.chance(0.2) ? base * random.pick([1, 4, 10]) : 0;
  const hosts = plans(random).map((plan) => ({
    ...plan,
    interval: millis(version === 2 ? base : base * random.pick([1, 1, 1, 2, 5])),
    preemptDelay: millis(plan.preempt ? delay : 0),
  }));
  const healAt = micros(millis(random.integer(5_000, 100_000)) * pace);
  const ops = hosts.map((_, host) => ({
    at: micros(millis(random.integer(0, 3_000)) * pace),
    op: { kind: 'start', host } as Op,
  }));
  for (let n = random.integer(1, 40); n > 0; n -= 1)
    ops.push(...happening(random, kind, hosts.length, segments, healAt, pace));
  return {
    seed,
    kind,
    version,
    family,
    unicast,
    segments,
    hosts,
    weather: kind === 'healthy' ? calm(random) : rough(random),
    lateness: micros(random.pick([0, 0, 200, 2_000])),
    ops: ops.filter(({ at }) => at < healAt).sort((a, b) => a.at - b.at),
    healAt,
  };
}

function plans(random: Random): Omit<HostPlan, 'interval' | 'preemptDelay'>[] {
  const close = random.chance(0.4);
  const equal = random.chance(0.25);
  const base = random.integer(1, 254);
  const priority = (): number =>
    equal ? base : close ? Math.min(254, base + random.integer(0, 3)) : random.integer(1, 254);
  const hosts = Array.from({ length: random.integer(2, 3) }, () => ({
    priority: priority(),
    priority2: priority(),
    preempt: random.chance(0.7),
    weight: random.pick(WEIGHTS),
    survives: random.chance(0.85),
  }));
  return hosts.some((h) => h.survives) ? hosts : hosts.map((h) => ({ ...h, survives: true }));
}

/** Something and what follows it: a stall and its end, a cut and its mending (which heals by itself at the latest). */
function happening(
  random: Random,
  kind: Scenario['kind'],
  hosts: number,
  segments: number,
  end: Duration,
  pace: number,
): { at: Duration; op: Op }[] {
  const at = micros(random.integer(0, end));
  const later = (most: number): Duration => micros(at + random.integer(1_000, most * pace * 1_000_000));
  const host = random.integer(0, hosts - 1);
  const segment = random.integer(0, segments - 1);
  const order = random.pick<WakeOrder>(['alarms-first', 'tasks-first']);
  switch (random.pick(kind === 'healthy' ? HEALTHY : CHAOTIC)) {
    case 'stop':
      return [one(at, { kind: 'stop', host }), one(later(20), { kind: 'start', host })];
    case 'kill':
      return [one(at, { kind: 'kill', host }), one(later(20), { kind: 'start', host })];
    case 'stall':
      return [one(at, { kind: 'stall', host }), one(later(10), { kind: 'wake', host, order })];
    case 'hang':
      return [one(at, { kind: 'hang', host }), one(later(10), { kind: 'wake', host, order })];
    case 'script':
      return [one(at, { kind: 'script', host, up: random.chance(0.5) })];
    case 'rob':
      return [one(at, { kind: 'rob', host, segment })];
    case 'cut':
      return [one(at, { kind: 'cut', host, segment }), one(later(15), { kind: 'mend', host, segment })];
    case 'down':
      return [one(at, { kind: 'down', host, segment }), one(later(15), { kind: 'up', host, segment })];
    case 'part':
      return [
        one(at, { kind: 'part', islands: islands(random, hosts), segment }),
        one(later(30), { kind: 'join', segment }),
      ];
    case 'yield':
      return [one(at, { kind: 'yield', host }), one(later(20), { kind: 'resume', host })];
    case 'weather':
      return [one(at, { kind: 'weather', weather: rough(random), segment })];
  }
}

const HEALTHY = ['stop', 'kill', 'stall', 'stall', 'hang', 'script', 'rob', 'yield'] as const;
const CHAOTIC = [
  'stop',
  'kill',
  'stall',
  'hang',
  'script',
  'rob',
  'yield',
  'cut',
  'down',
  'part',
  'part',
  'weather',
  'weather',
] as const;

const one = (at: Duration, op: Op): { at: Duration; op: Op } => ({ at, op });

function islands(random: Random, hosts: number): number[][] {
  const parts: number[][] = [[], [], []];
  for (let host = 0; host < hosts; host += 1) parts[random.integer(0, 2)]?.push(host);
  return parts.filter((part) => part.length > 0);
}

const calm = (random: Random): Weather => ({
  loss: 0,
  duplication: random.chance(0.2) ? 0.2 : 0,
  delay: micros(random.pick([50, 500, 20_000])),
  jitter: micros(random.pick([0, 300, 20_000])),
  reorder: random.chance(0.5),
});

const rough = (random: Random): Weather => ({
  loss: random.pick([0, 0.05, 0.3, 0.7, 1]),
  duplication: random.pick([0, 0.1, 0.5]),
  delay: micros(random.pick([50, 5_000, 100_000])),
  jitter: micros(random.pick([0, 1_000, 400_000])),
  reorder: random.chance(0.5),
});
