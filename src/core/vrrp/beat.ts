import type { Instant } from '../../values/time.js';
import { inState, type Machine, type State } from './state.js';

/**
 * Whether all that a master does until it hears something is its advert, at each of its times: whoever keeps its time
 * may then send without asking it, and tell it later ({@link advertised}).
 */
export const isSteady = (state: State): state is State & { kind: 'master' } =>
  state.kind === 'master' && state.held && state.yieldBy === null;

/** The machine as it would be had it sent its adverts itself: the next is due at `advertAt`. */
export function advertised(machine: Machine, advertAt: Instant): Machine {
  const { state } = machine;
  if (state.kind !== 'master') return machine;
  // Field by field, as in inState.
  const { held, round, answerAt, yieldBy, term } = state;
  return inState(machine, { kind: 'master', advertAt, held, round, answerAt, yieldBy, term });
}
