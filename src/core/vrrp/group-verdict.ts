import type { Instant } from '../../values/time.js';
import type { Verdict } from './conditions.js';
import type { Machine } from './state.js';

/** An instance as its sync group judges it: by its own conditions. */
export interface Judged {
  readonly name: string;
  readonly verdict: Verdict;
}

/** A member's verdict in its group: who is well serves only when the others are. Reasons name who is not. */
export function verdictInGroup(group: string, members: readonly Judged[], at: number): Verdict {
  const own = members[at]?.verdict ?? { kind: 'pending', reasons: [] };
  if (own.kind === 'fault') return own;
  const others = members.filter((_, i) => i !== at);
  const broken = others.flatMap(({ name, verdict: v }) =>
    v.kind === 'fault' ? [`sync group ${group}: ${name} is in fault: ${v.reasons.join('; ')}`] : [],
  );
  if (broken.length > 0) return { kind: 'fault', silent: false, reasons: broken };
  if (own.kind === 'pending') return own;
  const waiting = others.flatMap(({ name, verdict: v }) =>
    v.kind === 'pending' ? [`sync group ${group}: ${name} is not ready: ${v.reasons.join('; ')}`] : [],
  );
  return waiting.length > 0 ? { kind: 'pending', reasons: waiting } : own;
}

/** A member's machine with its name. */
export interface Named {
  readonly name: string;
  readonly machine: Machine;
}

/** Why a member that would be master waits: for whom of its group, and what that one waits for. Null: it does not. */
export function waitsForGroup(group: string, members: readonly Named[], at: number, now: Instant): string | null {
  const state = members[at]?.machine.state;
  if (state?.kind !== 'backup' || !state.expired) return null;
  const reasons = members.flatMap(({ name, machine }, i) => (i === at ? [] : holdsBack(name, machine, now)));
  return reasons.length === 0 ? null : `sync group ${group} waits: ${reasons.join(', ')}`;
}

function holdsBack(name: string, { state }: Machine, now: Instant): string[] {
  if (state.kind !== 'backup') return [`${name} is ${state.kind === 'fault' ? 'in fault' : state.kind}`];
  if (state.expired) return [];
  const { heard, master, downAt } = state;
  if (heard === null || master === null || now >= downAt) return [`${name} still listens`];
  return [`${name} yields to ${master} with priority ${heard.priority}`];
}
