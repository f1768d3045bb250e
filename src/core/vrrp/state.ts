import type { Ip } from '../../values/ip.js';
import type { Duration, Instant } from '../../values/time.js';
import { unreachable } from '../../values/unreachable.js';
import type { Advert } from './advert.js';

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
      /**
       * With a preempt_delay, from when on a master of lower priority is pushed aside: counted from our start, then from
       * the first advert of such a master. Null: none was heard since there was a better one.
       */
      readonly preemptAt: Instant | null;
      /** Its down timer has run out, but its sync group cannot go yet: it waits for the others. */
      readonly expired: boolean;
      /**
       * It let go with its sync group: unless a master is heard from `until` on, it waits so much longer than its down
       * timer before it counts as expired.
       */
      readonly pause: { readonly until: Instant; readonly wait: Duration } | null;
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
      /** It gives mastership away: silent until another router speaks, until then at the latest; else null. */
      readonly yieldBy: Instant | null;
      /** Counts our masterships, so that a late answer of the kernel is not taken for this one's. */
      readonly term: number;
    };

/** When addresses are announced again, and which round that is; each is followed by the next, `refresh` by itself. */
export interface Round {
  readonly at: Instant;
  readonly which: 'first' | 'again' | 'second' | 'refresh';
}

/** One virtual router: its state, and what of the world it acts on. */
export interface Machine {
  readonly state: State;
  /** The effective priority: configured, tracks applied. */
  readonly priority: number;
  /** Our primary address on the interface. */
  readonly source: Ip | null;
  readonly terms: number;
  /** An administrator gave mastership away: it is never claimed, until he resumes it. */
  readonly yielded: boolean;
}

/** The same router in another state. Field by field: V8 is slow at `{ ...machine, state }`, and this is done for each advert. */
export const inState = (machine: Machine, state: State): Machine => ({
  state,
  priority: machine.priority,
  source: machine.source,
  terms: machine.terms,
  yielded: machine.yielded,
});

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
  /** An administrator gives mastership away, and does not want it here until `resume`. */
  | { readonly kind: 'yield' }
  | { readonly kind: 'resume' }
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

/** A virtual router before its start. */
export const initial: Machine = { state: { kind: 'init' }, priority: 0, source: null, terms: 0, yielded: false };

/** When the machine next wants a `timer` event; null when it waits for something else. */
export function dueAt(state: State): Instant | null {
  switch (state.kind) {
    case 'init':
    case 'fault':
      return null;
    case 'backup':
      return state.expired ? null : state.downAt;
    case 'master':
      if (state.yieldBy !== null) return state.yieldBy;
      return state.round !== null && state.round.at < state.advertAt ? state.round.at : state.advertAt;
    default:
      return unreachable(state);
  }
}

/** Nothing changes, nothing is done. */
export const same = (machine: Machine): Step => ({ machine, actions: [] });

/** Whether an answer of the kernel belongs to the mastership that stands. */
export const isTerm = (machine: Machine, term: number): boolean =>
  machine.state.kind === 'master' && machine.state.term === term;
