import { describe, expect, it } from 'vitest';
import { fair } from '../../src/sim/segment.js';
import { micros, millis, seconds } from '../../src/values/time.js';
import { broken, story } from './explore.js';
import type { HostPlan, Scenario } from './scenario.js';

const host = (priority: number, over: Partial<HostPlan> = {}): HostPlan => ({
  priority,
  priority2: priority,
  preempt: true,
  preemptDelay: seconds(0),
  interval: seconds(1),
  weight: null,
  survives: true,
  ...over,
});

const at = (second: number, op: Scenario['ops'][number]['op']): Scenario['ops'][number] => ({
  at: micros(second * 1_000_000),
  op,
});

const run = (over: Pick<Scenario, 'hosts' | 'ops'> & Partial<Scenario>): Scenario => ({
  seed: 1,
  kind: 'healthy',
  version: 2,
  family: 4,
  unicast: false,
  segments: 1,
  weather: fair,
  lateness: micros(0),
  healAt: seconds(60),
  ...over,
});

// Runs that a random exploration found broken once, cut down to what they need.
const cases: Readonly<Record<string, Scenario>> = {
  'a master that died and lost one of its two addresses meanwhile takes the other one off when it is backup again': run(
    {
      hosts: [host(246), host(246)],
      ops: [
        at(0, { kind: 'start', host: 0 }),
        at(1, { kind: 'start', host: 1 }),
        at(5, { kind: 'kill', host: 0 }),
        at(12, { kind: 'rob', host: 0 }),
        at(20, { kind: 'start', host: 0 }),
      ],
    },
  ),
  'two equal backups that both take over announce nothing before their addresses stand': run({
    hosts: [host(198), host(198), host(198)],
    weather: { ...fair, delay: micros(40) },
    ops: [
      at(0, { kind: 'start', host: 2 }),
      at(5, { kind: 'start', host: 0 }),
      at(5, { kind: 'start', host: 1 }),
      at(10, { kind: 'stop', host: 2 }),
      at(30, { kind: 'start', host: 2 }),
    ],
  }),
  'a master that slept hears a loser first and the new master second, and says nothing in between': run({
    hosts: [host(169), host(170), host(167)],
    weather: { ...fair, delay: micros(20_000) },
    ops: [
      at(1, { kind: 'start', host: 2 }),
      at(10, { kind: 'start', host: 0 }),
      at(20, { kind: 'stall', host: 0 }),
      at(20.5, { kind: 'start', host: 1 }),
      at(26, { kind: 'wake', host: 0, order: 'alarms-first' }),
    ],
  }),
  'a backup about to preempt whose script fails stays backup': run({
    hosts: [host(202, { weight: 20, interval: seconds(2) }), host(202, { interval: seconds(2) })],
    ops: [
      at(0.4, { kind: 'start', host: 1 }),
      at(1.6, { kind: 'start', host: 0 }),
      at(7.3, { kind: 'script', host: 0, up: false }),
    ],
  }),
  'a master that slept takes the clients back from the one that served meanwhile': run({
    hosts: [host(200), host(100)],
    ops: [
      at(0, { kind: 'start', host: 0 }),
      at(0, { kind: 'start', host: 1 }),
      at(20.3, { kind: 'stall', host: 0 }),
      at(26.7, { kind: 'wake', host: 0, order: 'tasks-first' }),
    ],
  }),
  'a router that stops hears another one’s adverts until its socket is closed, and does nothing with them': run({
    kind: 'chaotic',
    version: 3,
    hosts: [host(195, { interval: millis(500) }), host(239, { interval: millis(10), survives: false })],
    weather: { ...fair, delay: micros(5_000) },
    ops: [at(0, { kind: 'start', host: 0 }), at(0, { kind: 'start', host: 1 })],
    healAt: seconds(5),
  }),
  'a master that slept while it gave mastership away, and is to resume, hears who relieved it first': run({
    hosts: [host(100), host(200, { preempt: false })],
    ops: [
      at(0, { kind: 'start', host: 0 }),
      at(5, { kind: 'start', host: 1 }),
      at(10, { kind: 'yield', host: 0 }),
      at(10.001, { kind: 'stall', host: 0 }),
      at(10.1, { kind: 'resume', host: 0 }),
      at(15, { kind: 'wake', host: 0, order: 'tasks-first' }),
    ],
  }),
  'a master that slept does not defend its addresses against the one that relieved it': run({
    // Frames overtake each other: the new master's announcement comes before its advert.
    seed: 1106,
    version: 3,
    hosts: [host(48, { interval: millis(100) }), host(48, { interval: millis(100) })],
    weather: { loss: 0, duplication: 0.2, delay: micros(50), jitter: micros(20_000), reorder: true },
    ops: [
      at(0.0953, { kind: 'start', host: 0 }),
      at(4.652528, { kind: 'start', host: 1 }),
      at(5.124265, { kind: 'stall', host: 0 }),
      at(5.995101, { kind: 'wake', host: 0, order: 'tasks-first' }),
    ],
    healAt: micros(7_768_900),
  }),
  'two sync groups with crossed priorities that claim while each other’s advert is under way do not push each other aside for ever':
    run({
      seed: 7839,
      kind: 'chaotic',
      version: 3,
      segments: 2,
      hosts: [
        host(138, { priority2: 137, interval: millis(200), preemptDelay: millis(800) }),
        host(137, { priority2: 138, interval: millis(200), preemptDelay: millis(800) }),
      ],
      weather: { loss: 1, duplication: 0.5, delay: millis(100), jitter: millis(400), reorder: true },
      lateness: micros(200),
      ops: [
        at(0.1072, { kind: 'start', host: 0 }),
        at(0.5776, { kind: 'start', host: 1 }),
        at(2.854258, { kind: 'kill', host: 0 }),
        at(5.559908, { kind: 'start', host: 0 }),
      ],
      healAt: micros(7_580_800),
    }),
  'a virtual link-local address does not come back with the link that was set down': run({
    version: 3,
    kind: 'chaotic',
    family: 6,
    hosts: [host(200), host(100)],
    ops: [
      at(0, { kind: 'start', host: 0 }),
      at(0, { kind: 'start', host: 1 }),
      at(10, { kind: 'down', host: 0 }),
      at(20, { kind: 'up', host: 0 }),
    ],
  }),
};

describe('a run that was broken once', () => {
  for (const [name, scenario] of Object.entries(cases)) {
    it(name, async () => {
      const what = await broken(scenario);
      if (what !== null) expect.fail(`${what}\n${await story(scenario)}`);
    });
  }
});
