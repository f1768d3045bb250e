import { compareIp, type Ip } from '../../values/ip.js';
import { after, type Duration, type Instant, micros, millis } from '../../values/time.js';
import { unreachable } from '../../values/unreachable.js';
import type { Advert } from './advert.js';
import { OWNER, type VrrpSettings } from './settings.js';
import { masterDownInterval, skewTime } from './timing.js';

/** Where one virtual router stands. Each state carries only its own facts. */
export type State =
  /** Not started, stopped, or waiting for the first verdict of its track scripts. */
  | { readonly kind: 'init' }
  /** Cannot serve: no carrier, a script failed, the kernel refused an address. */
  | { readonly kind: 'fault' }
  | {
      readonly kind: 'backup';
      readonly downAt: Instant;
      /** The master's, learned from its adverts in version 3; until one is heard our own, in version 2 always [27]. */
      readonly interval: Duration;
      readonly master: Ip | null;
      /** The latest advert of a master: when, and what it said; null when none was heard, or it let go. */
      readonly heard: { readonly priority: number; readonly interval: Duration; readonly at: Instant } | null;
      /** Our addresses stood on the interface at start: kept until another router is heard. */
      readonly adopted: boolean;
    }
  | {
      readonly kind: 'master';
      readonly advertAt: Instant;
      /** The kernel has the addresses: before that nothing is announced [37]. */
      readonly held: boolean;
      /** The next round of announcements; null when none is due. */
      readonly round: Round | null;
      /** From when on a loser's advert is answered [35]. */
      readonly answerAt: Instant;
      /** Counts our masterships, so that a late answer of the kernel is not taken for this one's. */
      readonly term: number;
    };

/** When addresses are announced again, and which round that is; each is followed by the next, `refresh` by itself. */
export interface Round {
  readonly at: Instant;
  readonly which: 'first' | 'second' | 'refresh';
}

/** One virtual router: its state, and what of the world it acts on. */
export interface Machine {
  readonly state: State;
  /** The effective priority: configured, tracks applied. */
  readonly priority: number;
  /** Our primary address on the interface. */
  readonly source: Ip | null;
  readonly terms: number;
}

export type Event =
  /** All conditions hold: serve with this priority and source. `present`: our addresses stand on the interface. */
  | { readonly kind: 'ready'; readonly priority: number; readonly source: Ip; readonly present: boolean }
  /** A condition fails. `silent`: the interface cannot carry a last advert. */
  | { readonly kind: 'fault'; readonly silent: boolean }
  | { readonly kind: 'advert'; readonly from: Ip; readonly advert: Advert }
  | { readonly kind: 'timer' }
  /** The kernel has all addresses of this term. */
  | { readonly kind: 'held'; readonly term: number }
  /** The kernel refused an address of this term. */
  | { readonly kind: 'refused'; readonly term: number }
  /** Somebody else took an address from the interface. */
  | { readonly kind: 'robbed' }
  | { readonly kind: 'stop' };

export type Action =
  | { readonly kind: 'send'; readonly priority: number }
  | { readonly kind: 'hold'; readonly term: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'announce'; readonly times: number };

export interface Step {
  readonly machine: Machine;
  /** To be carried out in this order. */
  readonly actions: readonly Action[];
}

/**
 * How often losers are answered in version 3. There the interval is no measure: a slow master's next advert may be far
 * away, a fast one's answers would be a flood of announcements.
 */
const ANSWER_EVERY = millis(100);

/** A virtual router before its start. */
export const initial: Machine = { state: { kind: 'init' }, priority: 0, source: null, terms: 0 };

/** When the machine next wants a `timer` event; null when it waits for something else. */
export function dueAt(state: State): Instant | null {
  switch (state.kind) {
    case 'init':
    case 'fault':
      return null;
    case 'backup':
      return state.downAt;
    case 'master':
      return state.round !== null && state.round.at < state.advertAt ? state.round.at : state.advertAt;
    default:
      return unreachable(state);
  }
}

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
    case 'stop':
      return leave(machine, { kind: 'init' }, false);
    default:
      return unreachable(event);
  }
}

const same = (machine: Machine): Step => ({ machine, actions: [] });

const isTerm = (machine: Machine, term: number): boolean =>
  machine.state.kind === 'master' && machine.state.term === term;

function ready(settings: VrrpSettings, machine: Machine, event: Event & { kind: 'ready' }, now: Instant): Step {
  const { priority, source } = event;
  const next: Machine = { ...machine, priority, source };
  switch (machine.state.kind) {
    case 'init':
    case 'fault':
      if (priority === OWNER) return becomeMaster(settings, next, now); // [24]
      return {
        machine: {
          ...next,
          state: {
            kind: 'backup',
            downAt: down(settings, settings.interval, priority, now),
            interval: settings.interval,
            master: null,
            heard: null,
            adopted: event.present,
          },
        },
        actions: [],
      };
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

/**
 * The down timer after a change of our priority. Its skew belongs to our priority: the deadline moves, not the wait so
 * far. Where we no longer outrank the master that we were about to push aside, its advert counts after all [27].
 */
function moved(
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'backup' },
  priority: number,
): { readonly downAt: Instant; readonly interval: Duration } {
  const { downAt, interval, heard } = state;
  if (heard !== null && heard.priority < machine.priority && heard.priority >= priority) {
    return { downAt: down(settings, heard.interval, priority, heard.at), interval: heard.interval };
  }
  const skew = (of: number): Duration => skewTime(settings.version, interval, of);
  return { downAt: after(downAt, micros(skew(priority) - skew(machine.priority))), interval };
}

/** When the down timer fires that was armed at `now`. */
const down = (settings: VrrpSettings, interval: Duration, priority: number, now: Instant): Instant =>
  after(now, masterDownInterval(settings.version, interval, priority));

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

function heardAsBackup(
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'backup' },
  from: Ip,
  advert: Advert,
  now: Instant,
): Step {
  if (advert.priority === 0) {
    const downAt = after(now, skewTime(settings.version, state.interval, machine.priority)); // [26]
    return { machine: { ...machine, state: { ...state, downAt, master: from, heard: null } }, actions: [] };
  }
  // Somebody else is master: addresses left from before our start must not answer beside it [25].
  const actions: readonly Action[] = state.adopted ? [{ kind: 'release' }] : [];
  const wins = !settings.preempt || advert.priority >= machine.priority;
  // In version 2 the interval is ours: an advert with another one is refused before [18].
  const interval = wins ? advert.interval : state.interval;
  const downAt = wins ? down(settings, interval, machine.priority, now) : state.downAt; // [27] [28]
  const heard = { priority: advert.priority, interval: advert.interval, at: now };
  const next: State = { kind: 'backup', downAt, interval, master: from, heard, adopted: false };
  return { machine: { ...machine, state: next }, actions };
}

function heardAsMaster(
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'master' },
  from: Ip,
  advert: Advert,
  now: Instant,
): Step {
  if (beats(from, advert.priority, machine)) {
    const { interval } = advert;
    const downAt = down(settings, interval, machine.priority, now); // [34]
    const heard = { priority: advert.priority, interval, at: now };
    const next: State = { kind: 'backup', downAt, interval, master: from, heard, adopted: false };
    return { machine: { ...machine, state: next }, actions: [{ kind: 'release' }] };
  }
  // Our own advert is overdue: we slept, and what else waits to be heard may beat us. So we hear it all before we speak;
  // the timer, which is due, then sends, and takes back the hosts that believed a loser meanwhile.
  if (now >= state.advertAt) {
    if (advert.priority === 0 || !state.held) return same(machine);
    return { machine: { ...machine, state: { ...state, round: { at: now, which: 'first' } } }, actions: [] };
  }
  const send: Action = { kind: 'send', priority: machine.priority };
  if (advert.priority === 0) {
    const advertAt = after(now, settings.interval); // [33]
    return { machine: { ...machine, state: { ...state, advertAt } }, actions: [send] };
  }
  // [35] A loser believes itself master: tell it at once, and take the hosts back that believed it; not at each of its
  // adverts, so that a loser that does not hear us costs little.
  if (now < state.answerAt) return same(machine);
  const answered = { ...state, answerAt: after(now, settings.version === 2 ? settings.interval : ANSWER_EVERY) };
  if (!state.held) return { machine: { ...machine, state: answered }, actions: [send] };
  return {
    machine: { ...machine, state: { ...answered, round: second(settings, now) } },
    actions: [send, { kind: 'announce', times: settings.announce.first }],
  };
}

/** The second announcements, due some time after the first. */
const second = (settings: VrrpSettings, now: Instant): Round => ({
  at: after(now, settings.announce.delay),
  which: 'second',
});

/**
 * From then on now and then: after a partition the loser steps down in silence, and hosts on its side believe it still
 * unless they are told.
 */
const refresh = (settings: VrrpSettings, now: Instant): Round | null =>
  settings.announce.refresh > 0 ? { at: after(now, settings.announce.refresh), which: 'refresh' } : null;

/** Higher priority wins; among equals the larger address, compared unsigned [34]. */
function beats(from: Ip, priority: number, machine: Machine): boolean {
  if (priority !== machine.priority) return priority > machine.priority;
  return machine.source === null || compareIp(from, machine.source) > 0;
}

function timer(settings: VrrpSettings, machine: Machine, now: Instant): Step {
  const { state } = machine;
  switch (state.kind) {
    case 'init':
    case 'fault':
      return same(machine);
    case 'backup':
      return now >= state.downAt ? becomeMaster(settings, machine, now) : same(machine); // [29]
    case 'master':
      return tick(settings, machine, state, now);
    default:
      return unreachable(state);
  }
}

function tick(settings: VrrpSettings, machine: Machine, state: State & { kind: 'master' }, now: Instant): Step {
  const actions: Action[] = [];
  let { advertAt, round } = state;
  if (now >= advertAt) {
    actions.push({ kind: 'send', priority: machine.priority }); // [32]
    // On the absolute grid: a late advert does not move the next one; grid points that were slept through are left out.
    const missed = Math.floor((now - advertAt) / settings.interval);
    advertAt = after(advertAt, micros((missed + 1) * settings.interval));
  }
  if (round !== null && now >= round.at) {
    const times = round.which === 'refresh' ? 1 : settings.announce[round.which];
    if (times > 0) actions.push({ kind: 'announce', times });
    round = round.which === 'first' ? second(settings, now) : refresh(settings, now);
  }
  return { machine: { ...machine, state: { ...state, advertAt, round } }, actions };
}

function becomeMaster(settings: VrrpSettings, machine: Machine, now: Instant): Step {
  const term = machine.terms + 1;
  return {
    machine: {
      ...machine,
      terms: term,
      state: { kind: 'master', advertAt: after(now, settings.interval), held: false, round: null, answerAt: now, term },
    },
    actions: [
      { kind: 'send', priority: machine.priority },
      { kind: 'hold', term },
    ],
  };
}

/** Announced only when the kernel has the addresses [37]. */
function held(settings: VrrpSettings, machine: Machine, term: number, now: Instant): Step {
  const { state } = machine;
  if (state.kind !== 'master' || state.term !== term) return same(machine);
  // Where our advert is overdue, what waits in the socket is heard first: the timer announces.
  if (now >= state.advertAt) {
    const round = { at: now, which: 'first' as const };
    return { machine: { ...machine, state: { ...state, held: true, round } }, actions: [] };
  }
  return {
    machine: { ...machine, state: { ...state, held: true, round: second(settings, now) } },
    actions: [{ kind: 'announce', times: settings.announce.first }],
  };
}

function robbed(machine: Machine): Step {
  const { state } = machine;
  if (state.kind !== 'master') return same(machine);
  const next: Machine = { ...machine, state: { ...state, held: false, round: null } };
  return { machine: next, actions: [{ kind: 'hold', term: state.term }] };
}
