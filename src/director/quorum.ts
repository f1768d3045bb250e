import { type Known, type Quorum, quorumAfter, strengthOf } from '../core/ipvs/quorum.js';
import { policyOf, type ServiceSpec } from '../core/ipvs/spec.js';

/** Whether a service has its quorum, and since when. */
export interface Standing {
  readonly quorum: Quorum;
  /** Since when it is up, or not, ISO 8601. */
  readonly since: string;
  /** What people were told last; null: nothing yet. */
  readonly told: 'up' | 'down' | null;
}

/** How a service stands when it is seen for the first time: what it is then is no news, unless it is down. */
export function firstStanding(spec: ServiceSpec, known: Known, time: string): Standing {
  const up = quorumAfter('open', strengthOf(spec, known), policyOf(spec)) === 'up';
  return { quorum: up ? 'up' : 'open', since: time, told: up ? 'up' : null };
}

/** How it stands after health or overrides of its servers changed, and what people are to be told, if anything. */
export function nextStanding(
  before: Standing,
  spec: ServiceSpec,
  known: Known,
  time: string,
): { readonly standing: Standing; readonly news: 'up' | 'down' | null } {
  const quorum = quorumAfter(before.quorum, strengthOf(spec, known), policyOf(spec));
  if (quorum === before.quorum) return { standing: before, news: null };
  const flips = (quorum === 'up') !== (before.quorum === 'up');
  const word = quorum === 'up' ? 'up' : 'down';
  const news = word !== before.told && (flips || quorum !== 'open') ? word : null;
  const since = flips ? time : before.since;
  return { standing: { quorum, since, told: news ?? before.told }, news };
}

/** Why a service is down, in words. */
export function whyDown(spec: ServiceSpec, known: Known): string {
  const { quorum, hysteresis } = policyOf(spec);
  const { sure } = strengthOf(spec, known);
  if (sure === 0) return 'no server is up and takes new connections';
  const back = hysteresis === 0 ? '' : `, which comes back at ${quorum + hysteresis}`;
  return `the servers that are up have a weight of ${sure} together, below the quorum of ${quorum}${back}`;
}
