import { after, type Instant, instant, micros } from '../../values/time.js';
import { unreachable } from '../../values/unreachable.js';
import { delayed } from './backup.js';
import type { VrrpSettings } from './settings.js';
import { inState, type Machine, type Round, type State } from './state.js';
import { masterDownInterval } from './timing.js';

/**
 * The same router with other settings: it stays what it is, and its timers are what they would be had it had these
 * settings since they were set. The priority is no setting of the machine; it comes with the next `ready`.
 * @param old with which it ran until now. @param settings of the same version, VRID and family.
 */
export function reconfigured(old: VrrpSettings, settings: VrrpSettings, machine: Machine, now: Instant): Machine {
  const { state } = machine;
  switch (state.kind) {
    case 'init':
    case 'fault':
      return machine;
    case 'backup':
      return inState(machine, backup(old, settings, machine, state, now));
    case 'master':
      return inState(machine, master(old, settings, state, now));
    default:
      return unreachable(state);
  }
}

function backup(
  old: VrrpSettings,
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'backup' },
  now: Instant,
): State {
  const sameDelay = old.preempt === settings.preempt && old.preemptDelay === settings.preemptDelay;
  // It begins now where it would have begun by now: with our start, or with a master of lower priority.
  const delays = state.heard === null || state.heard.priority < machine.priority;
  const preemptAt = sameDelay ? state.preemptAt : delays ? delayed(settings, now) : null;
  // In version 3 a master's interval is learned from what it says [27]; our own holds until then.
  const own = settings.version === 2 || state.heard === null;
  if (!own || old.interval === settings.interval) return { ...state, preemptAt };
  const { version } = settings;
  const longer =
    masterDownInterval(version, settings.interval, machine.priority) -
    masterDownInterval(version, state.interval, machine.priority);
  return { ...state, preemptAt, interval: settings.interval, downAt: after(state.downAt, micros(longer)) };
}

function master(old: VrrpSettings, settings: VrrpSettings, state: State & { kind: 'master' }, now: Instant): State {
  // A shorter interval begins at once, a longer one with the advert that says so.
  const advertAt = instant(Math.min(state.advertAt, after(now, settings.interval)));
  return { ...state, advertAt, round: round(old, settings, state, now) };
}

function round(
  { announce: old }: VrrpSettings,
  { announce }: VrrpSettings,
  { round: due, held }: State & { kind: 'master' },
  now: Instant,
): Round | null {
  if (old.refresh === announce.refresh || (due !== null && due.which !== 'refresh')) return due;
  if (announce.refresh === 0 || !held) return null;
  const at = after(now, announce.refresh);
  return { at: due === null ? at : instant(Math.min(due.at, at)), which: 'refresh' };
}

/** Who waits for a sync group that is no longer what it was: its timer is asked again, now. */
export function reconsidered(machine: Machine, now: Instant): Machine {
  const { state } = machine;
  if (state.kind !== 'backup' || !state.expired) return machine;
  return inState(machine, { ...state, expired: false, downAt: now, pause: null });
}
