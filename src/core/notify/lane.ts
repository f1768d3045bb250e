import { sameSubject, type Transition } from './transition.js';

/** Transitions that are told one after the other: those of one subject to its commands, or all of them to the FIFO. */
export interface Lane {
  /** Not acknowledged yet, oldest first. */
  readonly waiting: readonly Transition[];
  /** So many of them, from the front, are in the director's hands. */
  readonly sent: number;
}

export const emptyLane: Lane = { waiting: [], sent: 0 };

/** What was put where, and how many transitions it made superfluous. */
export interface Put {
  readonly lane: Lane;
  readonly folded: number;
}

/**
 * Puts a transition last. Beyond `bound`, the oldest one that is not sent and that a later one of its subject follows is
 * folded into that: what is told at the end is always the state at the end. A `stop` takes all of its subject with it
 * that is not sent, because a stop has not the time to tell yesterday's news.
 */
export function put(lane: Lane, transition: Transition, bound: number): Put {
  let waiting = [...lane.waiting, transition];
  let folded = 0;
  const isFoldable = (t: Transition, i: number): boolean => {
    if (i < lane.sent || t === waiting.at(-1)) return false;
    if (transition.to === 'stop' && sameSubject(t, transition)) return true;
    return waiting.length > bound && waiting.some((later, j) => j > i && sameSubject(t, later));
  };
  for (let i = waiting.findIndex(isFoldable); i >= 0; i = waiting.findIndex(isFoldable)) {
    waiting = fold(waiting, i);
    folded += 1;
  }
  return { lane: { waiting, sent: lane.sent }, folded };
}

/** Takes out number `i`; the next one of its subject then began where it began. */
function fold(waiting: readonly Transition[], i: number): Transition[] {
  const gone = waiting[i] as Transition;
  const next = waiting.findIndex((t, j) => j > i && sameSubject(t, gone));
  return waiting.flatMap((t, j) => {
    if (j === i) return [];
    return j === next ? [{ ...t, from: gone.from, folded: t.folded + gone.folded + 1 }] : [t];
  });
}

/** Those to be sent next, so that at most `window` are in the director's hands; a `stop` never waits. */
export function unsent(lane: Lane, window: number): readonly Transition[] {
  const stop = lane.waiting.findLastIndex((t) => t.to === 'stop') + 1;
  return lane.waiting.slice(lane.sent, Math.max(window, stop));
}

/** The next one was handed over. */
export const handedOver = (lane: Lane): Lane => ({ ...lane, sent: lane.sent + 1 });

/** The director is another one now, and has none of them. */
export const forgotten = (lane: Lane): Lane => ({ ...lane, sent: 0 });

/**
 * All up to this number are done. What was not sent is not done, whatever the other side says.
 * @returns them as well, oldest first.
 */
export function acknowledged(
  lane: Lane,
  sequence: number,
): { readonly lane: Lane; readonly done: readonly Transition[] } {
  const sent = lane.waiting.slice(0, lane.sent);
  const done = sent.findLastIndex((t) => t.sequence <= sequence) + 1;
  return { lane: { waiting: lane.waiting.slice(done), sent: lane.sent - done }, done: lane.waiting.slice(0, done) };
}
