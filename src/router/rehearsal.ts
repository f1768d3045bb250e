import { advertOf } from '../core/vrrp/settings.js';
import type { Addresses } from '../ports/addresses.js';
import type { Alarms } from '../ports/clock.js';
import type { Announcer, Lan } from '../ports/lan.js';
import type { Ip } from '../values/ip.js';
import { silent } from '../values/log.js';
import { type Instant, instant } from '../values/time.js';
import { Holdings } from './holdings.js';
import { Instance } from './instance.js';
import type { Surroundings } from './instance-deps.js';
import type { InstanceSettings } from './settings.js';

/** Enough for V8 to have compiled what is played; some milliseconds in all. */
const ROUNDS = 30;
const FEW = 4;
const OWN = '192.0.2.1' as Ip;
const NEIGHBOUR = '192.0.2.2' as Ip;

/**
 * Plays takeovers with an instance of the same settings against a world that is not there, so that the first real one,
 * which may come after months, does not wait for V8 to compile it: that takes some milliseconds, a takeover less than
 * one. Nothing of it leaves the process.
 */
export async function rehearse(settings: InstanceSettings): Promise<void> {
  // A few of many addresses: the code is the same.
  const addresses = settings.addresses.slice(0, FEW);
  const played = { ...settings, priority: 100, tracks: [], interfaces: [], addresses, ways: [] };
  for (let round = 0; round < ROUNDS; round += 1) await play(played);
}

async function play(settings: InstanceSettings): Promise<void> {
  let now = instant(0);
  const alarms = new Alarmed();
  const holdings = new Holdings(willing);
  const instance = new Instance(settings, {
    clock: { now: () => now },
    alarms,
    holdings,
    log: silent,
    verdicts: new Map(),
    wall: () => '',
    changed: () => {},
  });
  const surroundings: Surroundings = {
    link: { name: settings.interface, state: 'up' },
    trackedLinks: [],
    source: OWN,
    standing: new Set(),
    readAt: now,
  };
  instance.attach(deaf, new Map(settings.addresses.map((a) => [a.interface, mute])));
  instance.look(surroundings);
  instance.advert(NEIGHBOUR, advertOf(settings.vrrp, 200));
  // Down, then the first advert of its own, and what comes after.
  for (let turn = 0; turn < 3; turn += 1) {
    now = alarms.next() ?? now;
    alarms.fire(now);
    await holdings.idle();
  }
  instance.advert(NEIGHBOUR, advertOf(settings.vrrp, 200));
  instance.stop();
  await holdings.idle();
}

/** Alarms that go off when they are told to. */
class Alarmed implements Alarms {
  readonly #armed = new Map<object, { readonly at: Instant; readonly fire: () => void }>();

  alarm(fire: () => void) {
    const armed = this.#armed;
    const key = {};
    const clear = (): void => {
      armed.delete(key);
    };
    return { set: (at: Instant) => void armed.set(key, { at, fire }), clear, close: clear };
  }

  next(): Instant | null {
    return [...this.#armed.values()].reduce<Instant | null>((a, { at }) => (a === null || at < a ? at : a), null);
  }

  fire(now: Instant): void {
    for (const [key, { at, fire }] of [...this.#armed]) {
      if (at > now) continue;
      this.#armed.delete(key);
      fire();
    }
  }
}

/** A lan that nobody is on. */
const deaf: Lan = { send: () => null, drain: () => 0, close: () => {} };

const mute: Announcer = { announce: () => null, close: () => {} };

/** A kernel that grants everything. */
const willing: Addresses = {
  links: async () => [],
  add: async (list) => list.map(() => null),
  remove: async (list) => list.map(() => null),
  watch: () => ({ close: () => {} }),
};
