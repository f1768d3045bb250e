import type { InstanceStatus } from '../core/status.js';
import type { Verdict } from '../core/vrrp/conditions.js';
import type { Instant } from '../values/time.js';
import type { Chronicle } from './chronicle.js';
import type { FixedStatus } from './fixed-status.js';
import type { Moved, SyncGroup } from './groups.js';
import type { Lateness } from './lateness.js';
import type { Neighbours } from './neighbours.js';
import type { Reach } from './reach.js';
import type { Speaker } from './speaker.js';
import type { Tenure } from './tenure.js';
import type { Withdrawal } from './withdrawal.js';
import type { InstanceYield } from './yield.js';

/** The parts of an instance that have something to say. */
export interface Speaking {
  readonly fixed: FixedStatus;
  readonly withdrawal: Withdrawal;
  readonly yield: InstanceYield;
  readonly reach: Reach;
  readonly tenure: Tenure;
  readonly neighbours: Neighbours;
  readonly speaker: Speaker;
  readonly lateness: Lateness;
}

/** What it knows by itself. */
export interface Standing {
  readonly chronicle: Chronicle;
  readonly verdict: Verdict;
  readonly now: Instant;
}

/** The status of an instance, from its parts. */
export function instanceReport(
  instance: Moved & { readonly group: SyncGroup },
  parts: Speaking,
  { chronicle: { since, master, counters }, verdict, now }: Standing,
): InstanceStatus {
  const { settings, group, glance: machine } = instance;
  const { priority, state } = machine;
  const conditions = parts.neighbours.lasting();
  return {
    name: settings.name,
    state: state.kind,
    since,
    ...parts.fixed,
    ...parts.withdrawal.status(),
    effectivePriority: priority === 0 ? settings.priority : priority,
    master: state.kind === 'master' ? machine.source : master,
    group: group.name,
    reasons: [
      ...parts.yield.reasons(),
      ...verdict.reasons,
      ...group.waits(instance, now),
      ...parts.reach.reasons(),
      ...parts.tenure.reasons,
      ...parts.withdrawal.reasons(),
      ...conditions.map((c) => c.text),
    ],
    conditions,
    admin: parts.yield.since === null ? 'ready' : 'failover',
    adminSince: parts.yield.since,
    counters: {
      sent: parts.speaker.sent,
      received: counters.received,
      becameMaster: counters.becameMaster,
      latestLatenessMs: parts.lateness.latest,
      worstLatenessMs: parts.lateness.worst,
      dropped: parts.neighbours.totals('dropped'),
      differing: parts.neighbours.totals('taken'),
    },
  };
}
