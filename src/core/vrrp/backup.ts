import type { Ip } from '../../values/ip.js';
import { after, type Duration, type Instant, micros } from '../../values/time.js';
import type { Advert } from './advert.js';
import type { VrrpSettings } from './settings.js';
import { type Action, inState, type Machine, type State, type Step } from './state.js';
import { masterDownInterval, skewTime } from './timing.js';

/** A start: BACKUP with a whole down interval [24]. `present`: our addresses stand from before. */
export function becomeBackup(settings: VrrpSettings, machine: Machine, present: boolean, now: Instant): Step {
  const downAt = down(settings, settings.interval, machine.priority, now);
  const { interval } = settings;
  // Addresses from before are kept by who may yet claim; who gave mastership away may not.
  const adopted = present && !machine.yielded;
  return {
    machine: {
      ...machine,
      state: {
        kind: 'backup',
        downAt,
        interval,
        master: null,
        heard: null,
        preemptAt: delayed(settings, now),
        expired: false,
        pause: null,
        adopted,
      },
    },
    actions: present && machine.yielded ? [{ kind: 'release' }] : [],
  };
}

/**
 * The down timer after a change of our priority. Its skew belongs to our priority: the deadline moves, not the wait so
 * far. Where we no longer outrank the master that we were about to push aside, its advert counts after all [27].
 */
export function moved(
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'backup' },
  priority: number,
): { readonly downAt: Instant; readonly interval: Duration; readonly expired: boolean } {
  const { downAt, interval, heard, expired } = state;
  if (heard !== null && heard.priority < machine.priority && heard.priority >= priority) {
    return { downAt: down(settings, heard.interval, priority, heard.at), interval: heard.interval, expired: false };
  }
  const skew = (of: number): Duration => skewTime(settings.version, interval, of);
  return { downAt: after(downAt, micros(skew(priority) - skew(machine.priority))), interval, expired };
}

/** When the down timer fires that was armed at `now`. */
export const down = (settings: VrrpSettings, interval: Duration, priority: number, now: Instant): Instant =>
  after(now, masterDownInterval(settings.version, interval, priority));

/** When a delay ends that begins now; null where there is none. */
export const delayed = (settings: VrrpSettings, now: Instant): Instant | null =>
  settings.preempt && settings.preemptDelay > 0 ? after(now, settings.preemptDelay) : null;

/** Whether a living master of that priority is left in peace for now [27] [28]. */
function yieldsTo(settings: VrrpSettings, machine: Machine, priority: number, preemptAt: Instant | null, now: Instant) {
  return !settings.preempt || priority >= machine.priority || (preemptAt !== null && now < preemptAt);
}

/** An advert that a backup hears. */
export function heardAsBackup(
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'backup' },
  from: Ip,
  advert: Advert,
  now: Instant,
): Step {
  const pause = state.pause !== null && now < state.pause.until ? state.pause : null;
  if (advert.priority === 0) {
    const downAt = after(now, skewTime(settings.version, state.interval, machine.priority)); // [26]
    const next: State = { ...state, downAt, master: from, heard: null, expired: false, pause };
    return { machine: { ...machine, state: next }, actions: [] };
  }
  // Somebody else is master: addresses left from before our start must not answer beside it [25].
  const actions: readonly Action[] = state.adopted ? [{ kind: 'release' }] : [];
  // As keepalived has it: the delay begins with the first advert of a lower priority, and a better master ends it.
  const preemptAt = advert.priority >= machine.priority ? null : (state.preemptAt ?? delayed(settings, now));
  const wins = yieldsTo(settings, machine, advert.priority, preemptAt, now);
  // In version 2 the interval is ours: an advert with another one is refused before [18].
  const interval = wins ? advert.interval : state.interval;
  const downAt = wins ? down(settings, interval, machine.priority, now) : state.downAt; // [27] [28]
  const heard = { priority: advert.priority, interval: advert.interval, at: now };
  const expired = state.expired && !wins;
  const next: State = {
    kind: 'backup',
    downAt,
    interval,
    master: from,
    heard,
    preemptAt,
    expired,
    pause,
    adopted: false,
  };
  return { machine: inState(machine, next), actions };
}
