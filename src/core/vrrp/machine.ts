import type { Ip } from '../../values/ip.js';
import type { Instant } from '../../values/time.js';
import { unreachable } from '../../values/unreachable.js';
import type { Advert } from './advert.js';
import { becomeBackup, heardAsBackup, moved } from './backup.js';
import { becomeMaster, heardAsMaster, held, robbed, tick } from './master.js';
import { OWNER, type VrrpSettings } from './settings.js';
import { type Event, isTerm, type Machine, type State, type Step, same } from './state.js';
import { giveAway, resume, stayAway } from './yield.js';

export { type Action, dueAt, type Event, initial, type Machine, type Round, type State, type Step } from './state.js';

/** One step of one virtual router (RFC 3768 §6.4, RFC 9568 §6.4; the numbers in brackets are vrrp-checklist lines). */
export function step(settings: VrrpSettings, machine: Machine, event: Event, now: Instant): Step {
  switch (event.kind) {
    case 'ready':
      return ready(settings, machine, event, now);
    case 'fault':
      return fault(machine, event.silent);
    case 'advert':
      return heard(settings, machine, event.from, event.advert, now);
    case 'timer':
      return timer(settings, machine, now);
    case 'held':
      return held(settings, machine, event.term, now);
    case 'refused':
      return isTerm(machine, event.term) ? fault(machine, false) : same(machine);
    case 'robbed':
      return robbed(machine);
    case 'yield':
      return giveAway(settings, machine, now);
    case 'resume':
      return resume(settings, machine, now);
    case 'stop':
      return leave(machine, { kind: 'init' }, false);
    default:
      return unreachable(event);
  }
}

function ready(settings: VrrpSettings, machine: Machine, event: Event & { kind: 'ready' }, now: Instant): Step {
  const { priority, source } = event;
  const next: Machine = { ...machine, priority, source };
  switch (machine.state.kind) {
    case 'init':
    case 'fault':
      if (priority === OWNER && !machine.yielded) return becomeMaster(settings, next, now); // [24]
      return becomeBackup(settings, next, event.present, now);
    case 'backup':
      return {
        machine: { ...next, state: { ...machine.state, ...moved(settings, machine, machine.state, priority) } },
        actions: [],
      };
    case 'master':
      return { machine: next, actions: [] };
    default:
      return unreachable(machine.state);
  }
}

function fault(machine: Machine, silent: boolean): Step {
  return machine.state.kind === 'fault' ? same(machine) : leave(machine, { kind: 'fault' }, silent);
}

/** To a state that does not take part: a master lets go first [36]. */
function leave(machine: Machine, to: State, silent: boolean): Step {
  const next = { ...machine, state: to };
  switch (machine.state.kind) {
    case 'master':
      return {
        machine: next,
        actions: silent ? [{ kind: 'release' }] : [{ kind: 'send', priority: 0 }, { kind: 'release' }],
      };
    case 'backup':
      return { machine: next, actions: machine.state.adopted ? [{ kind: 'release' }] : [] };
    case 'init':
      // Addresses left from before our start must not stay with a router that takes no part.
      return { machine: next, actions: [{ kind: 'release' }] };
    case 'fault':
      return { machine: next, actions: [] };
    default:
      return unreachable(machine.state);
  }
}

function heard(settings: VrrpSettings, machine: Machine, from: Ip, advert: Advert, now: Instant): Step {
  const { state } = machine;
  switch (state.kind) {
    case 'init':
      // While we wait for the first verdicts: addresses from an earlier life must not answer beside a master [25].
      return advert.priority === 0 ? same(machine) : { machine, actions: [{ kind: 'release' }] };
    case 'fault':
      return same(machine);
    case 'backup':
      return heardAsBackup(settings, machine, state, from, advert, now);
    case 'master':
      return heardAsMaster(settings, machine, state, from, advert, now);
    default:
      return unreachable(state);
  }
}

function timer(settings: VrrpSettings, machine: Machine, now: Instant): Step {
  const { state } = machine;
  switch (state.kind) {
    case 'init':
    case 'fault':
      return same(machine);
    case 'backup':
      if (now < state.downAt) return same(machine);
      return machine.yielded ? stayAway(settings, machine, state, now) : becomeMaster(settings, machine, now); // [29]
    case 'master':
      return tick(settings, machine, state, now);
    default:
      return unreachable(state);
  }
}
