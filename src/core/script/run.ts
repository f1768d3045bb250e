import { after, type Duration, type Instant } from '../../values/time.js';
import { followingPoint, latestPoint, nextPoint } from '../health/grid.js';
import type { ScriptEnd } from './verdict.js';

/** When a script runs. */
export interface ScriptTiming {
  readonly interval: Duration;
  /** After so long the whole process group is ended and the run has failed. */
  readonly timeout: Duration;
  /** From SIGTERM to SIGKILL. */
  readonly grace: Duration;
}

/** What a script is doing. */
export type ScriptRun =
  | { readonly kind: 'idle'; readonly due: Instant }
  | { readonly kind: 'running'; readonly due: Instant; readonly deadline: Instant }
  /** Timed out, told to end. Its verdict has been given. */
  | { readonly kind: 'terminating'; readonly due: Instant; readonly killAt: Instant }
  /** Killed, and not yet seen to end. */
  | { readonly kind: 'killed'; readonly due: Instant };

export type ScriptEvent =
  | { readonly kind: 'tick' }
  /** The process ended by itself, or could not be started. */
  | { readonly kind: 'ended'; readonly end: ScriptEnd };

export type ScriptAction =
  | { readonly kind: 'start' }
  | { readonly kind: 'terminate' }
  | { readonly kind: 'kill' }
  /** Reports the run before as still there. */
  | { readonly kind: 'stuck' }
  | { readonly kind: 'verdict'; readonly end: ScriptEnd };

export interface ScriptStep {
  readonly run: ScriptRun;
  readonly actions: readonly ScriptAction[];
}

/** The first run is due at once: the router waits for its verdict. */
export const firstRun = (now: Instant): ScriptRun => ({ kind: 'idle', due: now });

/** When `tick` is wanted. */
export function wakeOf(run: ScriptRun): Instant {
  if (run.kind === 'running') return run.deadline;
  return run.kind === 'terminating' ? run.killAt : run.due;
}

/**
 * One script, never twice at once: start on the grid, SIGTERM to its group at the timeout, SIGKILL after the grace or as
 * soon as the leader has ended (what it left behind goes with it).
 */
export function stepScript(run: ScriptRun, event: ScriptEvent, timing: ScriptTiming, now: Instant): ScriptStep {
  return event.kind === 'tick' ? tick(run, timing, now) : ended(run, event.end, timing, now);
}

const stay = (run: ScriptRun): ScriptStep => ({ run, actions: [] });

function tick(run: ScriptRun, timing: ScriptTiming, now: Instant): ScriptStep {
  if (now < wakeOf(run)) return stay(run);
  switch (run.kind) {
    case 'idle':
      return {
        run: { kind: 'running', due: latestPoint(run.due, timing.interval, now), deadline: after(now, timing.timeout) },
        actions: [{ kind: 'start' }],
      };
    case 'running': {
      const end: ScriptEnd = { kind: 'timeout', after: timing.timeout };
      return {
        run: { kind: 'terminating', due: run.due, killAt: after(now, timing.grace) },
        actions: [{ kind: 'verdict', end }, { kind: 'terminate' }],
      };
    }
    case 'terminating':
      return {
        run: { kind: 'killed', due: nextPoint(run.due, timing.interval, now) },
        actions: [{ kind: 'kill' }],
      };
    case 'killed':
      return {
        run: { kind: 'killed', due: nextPoint(run.due, timing.interval, now) },
        actions: [{ kind: 'kill' }, { kind: 'stuck' }],
      };
  }
}

function ended(run: ScriptRun, end: ScriptEnd, timing: ScriptTiming, now: Instant): ScriptStep {
  const idle: ScriptRun = { kind: 'idle', due: followingPoint(run.due, timing.interval, now) };
  switch (run.kind) {
    case 'idle':
      return stay(run);
    case 'running':
      return { run: idle, actions: [{ kind: 'verdict', end }] };
    case 'terminating':
      return { run: idle, actions: [{ kind: 'kill' }] };
    case 'killed':
      // Its due time is already the next one.
      return stay({ kind: 'idle', due: run.due });
  }
}
