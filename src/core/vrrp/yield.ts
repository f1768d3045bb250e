import { after, type Instant, millis } from '../../values/time.js';
import { unreachable } from '../../values/unreachable.js';
import { down } from './backup.js';
import type { VrrpSettings } from './settings.js';
import { type Machine, type State, type Step, same } from './state.js';

/** What a backup may be late by, on a busy host or behind a full queue. */
const YIELD_MARGIN = millis(200);

/**
 * A master says priority 0, which makes the backups claim after their skew, and is silent from then on. The addresses
 * stay until one of them has spoken, as in any preemption, so that nobody is without them; the slowest, were our
 * advert lost, speaks after its whole Master_Down_Interval. Who is silent for longer than that is not there.
 */
export function giveAway(settings: VrrpSettings, machine: Machine, now: Instant): Step {
  const next: Machine = { ...machine, yielded: true };
  const { state } = machine;
  switch (state.kind) {
    case 'master': {
      if (state.yieldBy !== null) return same(machine);
      const yieldBy = after(down(settings, settings.interval, 1, now), YIELD_MARGIN);
      return { machine: { ...next, state: { ...state, yieldBy } }, actions: [{ kind: 'send', priority: 0 }] };
    }
    case 'backup':
      if (!state.adopted) return same(next);
      return { machine: { ...next, state: { ...state, adopted: false } }, actions: [{ kind: 'release' }] };
    case 'init':
    case 'fault':
      return same(next);
    default:
      return unreachable(state);
  }
}

/** A backup waits out its timer as always; a master that nobody has relieved yet goes on. */
export function resume(settings: VrrpSettings, machine: Machine, now: Instant): Step {
  const { state } = machine;
  if (state.kind === 'master' && state.yieldBy !== null) return takeBack(settings, machine, state, now);
  return same({ ...machine, yielded: false });
}

/** Nobody relieved us: we are the master that we were. */
export function takeBack(
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'master' },
  now: Instant,
): Step {
  const next: State = { ...state, yieldBy: null, advertAt: after(now, settings.interval) };
  return {
    machine: { ...machine, yielded: false, state: next },
    actions: [{ kind: 'send', priority: machine.priority }],
  };
}

/** The down timer of a backup that may not claim. A master of lower priority does not move it, but is one. */
export function stayAway(
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'backup' },
  now: Instant,
): Step {
  const { heard } = state;
  const gone = heard === null || now >= down(settings, heard.interval, machine.priority, heard.at);
  const downAt = down(settings, state.interval, machine.priority, now);
  const next: State = gone ? { ...state, downAt, master: null, heard: null } : { ...state, downAt };
  return same({ ...machine, state: next });
}
