import { compareIp, type Ip } from '../../values/ip.js';
import { after, type Instant, instant, micros, millis } from '../../values/time.js';
import type { Advert } from './advert.js';
import { delayed, down } from './backup.js';
import type { VrrpSettings } from './settings.js';
import { type Action, inState, type Machine, type Round, type State, type Step, same } from './state.js';
import { takeBack } from './yield.js';

/**
 * How often losers are answered in version 3. There the interval is no measure: a slow master's next advert may be far
 * away, a fast one's answers would be a flood of announcements.
 */
const ANSWER_EVERY = millis(100);
/** By then a router that has heard us has let go, and what it said before is out. */
const AGAIN_AFTER = millis(100);

/** Advertises and takes the addresses, in that order. */
export function becomeMaster(settings: VrrpSettings, machine: Machine, now: Instant): Step {
  const term = machine.terms + 1;
  return {
    machine: {
      ...machine,
      terms: term,
      state: {
        kind: 'master',
        advertAt: after(now, settings.interval),
        held: false,
        round: null,
        answerAt: now,
        yieldBy: null,
        term,
      },
    },
    actions: [
      { kind: 'send', priority: machine.priority },
      { kind: 'hold', term },
    ],
  };
}

/** An advert that a master hears. */
export function heardAsMaster(
  settings: VrrpSettings,
  machine: Machine,
  state: State & { kind: 'master' },
  from: Ip,
  advert: Advert,
  now: Instant,
): Step {
  const yielding = state.yieldBy !== null;
  if (yielding && advert.priority === 0) return same(machine);
  if (yielding || beats(from, advert.priority, machine)) {
    const { interval } = advert;
    const downAt = down(settings, interval, machine.priority, now); // [34]
    const heard = { priority: advert.priority, interval, at: now };
    const preemptAt = advert.priority >= machine.priority ? null : delayed(settings, now);
    const next: State = {
      kind: 'backup',
      downAt,
      interval,
      master: from,
      heard,
      preemptAt,
      expired: false,
      pause: null,
      adopted: false,
    };
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
    machine: { ...machine, state: { ...answered, round: again(settings, now) } },
    actions: [send, { kind: 'announce', times: settings.announce.first }],
  };
}

/**
 * Once more, soon: who was master until now, or a loser that we answered, may have said something behind our first
 * announcements that turns switches and hosts back to it until the second ones.
 */
const again = (settings: VrrpSettings, now: Instant): Round =>
  settings.announce.first > 0 ? { at: after(now, AGAIN_AFTER), which: 'again' } : second(settings, now);

/** When the first announcements were, of which `round` is the one again. */
const first = ({ at }: Round, now: Instant): Instant => after(instant(Math.min(at, now)), micros(-AGAIN_AFTER));

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

/** A master's timer: adverts and announcements that are due. */
export function tick(settings: VrrpSettings, machine: Machine, state: State & { kind: 'master' }, now: Instant): Step {
  if (state.yieldBy !== null) return now >= state.yieldBy ? takeBack(settings, machine, state, now) : same(machine);
  const actions: Action[] = [];
  let { advertAt, round } = state;
  if (now >= advertAt) {
    actions.push({ kind: 'send', priority: machine.priority }); // [32]
    // On the absolute grid: a late advert does not move the next one; grid points that were slept through are left out.
    const missed = Math.floor((now - advertAt) / settings.interval);
    advertAt = after(advertAt, micros((missed + 1) * settings.interval));
  }
  if (round !== null && now >= round.at) {
    const times = round.which === 'refresh' || round.which === 'again' ? 1 : settings.announce[round.which];
    if (times > 0) actions.push({ kind: 'announce', times });
    if (round.which === 'first') round = again(settings, now);
    else round = round.which === 'again' ? second(settings, first(round, now)) : refresh(settings, now);
  }
  // Field by field, as in inState.
  const { held, answerAt, yieldBy, term } = state;
  const next: State = { kind: 'master', advertAt, held, round, answerAt, yieldBy, term };
  return { machine: inState(machine, next), actions };
}

/** Announced only when the kernel has the addresses [37]. */
export function held(settings: VrrpSettings, machine: Machine, term: number, now: Instant): Step {
  const { state } = machine;
  if (state.kind !== 'master' || state.term !== term) return same(machine);
  // Where our advert is overdue, what waits in the socket is heard first: the timer announces.
  if (now >= state.advertAt) {
    const round = { at: now, which: 'first' as const };
    return { machine: { ...machine, state: { ...state, held: true, round } }, actions: [] };
  }
  const round = again(settings, now);
  return {
    machine: { ...machine, state: { ...state, held: true, round } },
    actions: [{ kind: 'announce', times: settings.announce.first }],
  };
}

/** An address was taken away by somebody else: it is taken again [37]. */
export function robbed(machine: Machine): Step {
  const { state } = machine;
  if (state.kind !== 'master') return same(machine);
  const next: Machine = { ...machine, state: { ...state, held: false, round: null } };
  return { machine: next, actions: [{ kind: 'hold', term: state.term }] };
}
