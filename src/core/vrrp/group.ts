import { after, type Instant, micros } from '../../values/time.js';
import { becomeBackup } from './backup.js';
import { step } from './machine.js';
import { becomeMaster } from './master.js';
import { OWNER, type VrrpSettings } from './settings.js';
import { type Event, type Machine, type State, type Step, same } from './state.js';

/** One virtual router of a sync group. */
export interface Member {
  readonly settings: VrrpSettings;
  readonly machine: Machine;
}

/**
 * One step of a sync group: instances that are master together or not at all. No RFC speaks of them; the rule is
 *
 * - A member whose down timer runs out waits, until those of all others have: then all become master in one step. So
 *   none claims over a living master that it would have yielded to alone, and where priorities are crossed (each of two
 *   hosts is the better one on one segment) who serves goes on serving.
 * - When one master meets a better one, all let go in that step, with priority 0, so that the other group follows at
 *   once. Two groups that pushed each other aside wait differently long before they try again.
 * - A fault, a stop, a yield and a resume of one are all the others'.
 *
 * @param at the member that `event` is for. @returns a step for each member, in their order; those of `at` are to be
 * carried out first, then the others'.
 */
export function stepGroup(members: readonly Member[], at: number, event: Event, now: Instant): Step[] {
  const steps = members.map(({ machine }) => same(machine));
  const own = members[at];
  if (own === undefined) return steps;
  const mine = stepMember(own, event, now);
  steps[at] = mine;
  const follows = following(own.machine, mine, event);
  members.forEach((member, i) => {
    if (i !== at && follows !== null) steps[i] = follow(member, follows, mine.machine, now);
  });
  return isExpired(mine.machine) && steps.every((s) => isExpired(s.machine)) ? promote(members, steps, now) : steps;
}

/** A member's own step: where it would claim mastership alone, it waits instead. */
function stepMember({ settings, machine }: Member, event: Event, now: Instant): Step {
  const { state } = machine;
  if (machine.yielded) return step(settings, machine, event, now);
  if (event.kind === 'timer' && state.kind === 'backup') return expire(machine, state, now);
  if (event.kind === 'ready' && event.priority === OWNER && (state.kind === 'init' || state.kind === 'fault')) {
    const { priority, source, present } = event;
    const begun = becomeBackup(settings, { ...machine, priority, source }, present, now);
    const next = begun.machine.state as State & { kind: 'backup' };
    return { ...begun, machine: { ...begun.machine, state: { ...next, expired: true } } };
  }
  return step(settings, machine, event, now);
}

/** The down timer of a backup. */
function expire(machine: Machine, state: State & { kind: 'backup' }, now: Instant): Step {
  if (state.expired || now < state.downAt) return same(machine);
  const { pause } = state;
  if (pause === null) return same({ ...machine, state: { ...state, expired: true } });
  return same({ ...machine, state: { ...state, downAt: after(now, pause.wait), pause: null } });
}

/** What a member's step asks of the others. */
type Follow = 'fault' | 'stop' | 'yield' | 'resume' | 'let-go' | 'forsake';

function following(before: Machine, { machine: now, actions }: Step, event: Event): Follow | null {
  if (event.kind === 'stop' || event.kind === 'yield' || event.kind === 'resume') return event.kind;
  if (now.state.kind === 'fault' && before.state.kind !== 'fault') return 'fault';
  // A master is heard: nothing from before our start may stay, also where it cannot be heard.
  if (before.state.kind !== 'master') return actions.some((a) => a.kind === 'release') ? 'forsake' : null;
  if (now.state.kind === 'backup') return 'let-go';
  // Nobody relieved it, so it took its office back.
  return before.yielded && !now.yielded ? 'resume' : null;
}

function follow({ settings, machine }: Member, what: Follow, lost: Machine, now: Instant): Step {
  switch (what) {
    case 'let-go':
      return letGo(settings, machine, lost, now);
    case 'forsake':
      return forsake(machine);
    case 'fault':
      return step(settings, machine, { kind: 'fault', silent: false }, now);
    default:
      return step(settings, machine, { kind: what }, now);
  }
}

/** What stands from before our start goes. */
function forsake(machine: Machine): Step {
  const { state } = machine;
  if (state.kind === 'init') return { machine, actions: [{ kind: 'release' }] };
  if (state.kind !== 'backup' || !state.adopted) return same(machine);
  return { machine: { ...machine, state: { ...state, adopted: false } }, actions: [{ kind: 'release' }] };
}

/**
 * Its own segment has no better master, and may have no other. It waits as the member does that lost, and then by another
 * time on each host: two groups with crossed priorities that claim in the same instant both let go, and would do so for
 * ever if they waited equally long.
 */
function letGo(settings: VrrpSettings, machine: Machine, lost: Machine, now: Instant): Step {
  const { state } = machine;
  if (state.kind !== 'master') return same(machine);
  const downAt = lost.state.kind === 'backup' ? lost.state.downAt : now;
  const pause = { until: after(now, settings.interval), wait: micros(settings.interval * 2 * draw(machine)) };
  const next: State = {
    kind: 'backup',
    downAt,
    interval: settings.interval,
    master: null,
    heard: null,
    preemptAt: null,
    expired: false,
    pause,
    adopted: false,
  };
  // Who gives mastership away has said so already.
  const last = state.yieldBy === null ? [{ kind: 'send', priority: 0 } as const] : [];
  return { machine: { ...machine, state: next }, actions: [...last, { kind: 'release' }] };
}

/** 0 to 1, another one on each host and each time (FNV-1a). */
function draw({ source, terms }: Machine): number {
  let hash = 0x811c9dc5;
  for (const letter of `${source} ${terms}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return ((hash ^ (hash >>> 16)) & 1023) / 1024;
}

const isExpired = ({ state, yielded }: Machine): boolean => state.kind === 'backup' && state.expired && !yielded;

/** All become master: what their steps did before comes first. */
function promote(members: readonly Member[], steps: readonly Step[], now: Instant): Step[] {
  return members.map(({ settings }, i) => {
    const { machine, actions } = steps[i] as Step;
    const claimed = becomeMaster(settings, machine, now);
    return { machine: claimed.machine, actions: [...actions, ...claimed.actions] };
  });
}
