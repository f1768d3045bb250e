import type { Admin, Health } from '../status.js';
import type { ServerSpec, ServicePolicy } from './spec.js';

/** All that decides whether a server is in the table, and with which weight. */
export interface WeightFacts {
  readonly health: Health;
  readonly admin: Admin;
  /** The administrator's weight (`directorctl weight`); null: none. */
  readonly override: number | null;
  /** What its agent or check says its weight should be; null: nothing. */
  readonly advised: number | null;
  /** How far it is through its slow start, 0 to 1. */
  readonly ramp: number;
  /** It had a row in the kernel's table when we came. */
  readonly adopted: boolean;
  /** Its agent or check has yet to say, for the first time, what its weight should be. */
  readonly unasked?: boolean;
  /** The weight of that row; null where there was none. */
  readonly found?: number | null;
  readonly policy: Pick<ServicePolicy, 'onFailure' | 'start'>;
}

/** The weight of a server that is up and past its slow start: the administrator's, else the advised, else the configured. */
export const fullWeight = (spec: ServerSpec, facts: Pick<WeightFacts, 'override' | 'advised'>): number =>
  facts.override ?? facts.advised ?? spec.settings.weight;

/** Health where there is no verdict yet, as the service's `start` would have it; `unknown`: as the table was found. */
export function presumed({ health, policy }: Pick<WeightFacts, 'health' | 'policy'>): Health {
  if (health !== 'unknown' || policy.start === 'as-found') return health;
  return policy.start === 'optimistic' ? 'up' : 'down';
}

/**
 * Whether a server is in the table and with which weight; null is no row.
 * - disabled: no row.
 * - drain wins over health: the row stays, weight 0, so that its connections finish whatever a check says.
 * - down: no row, as with keepalived; the kernel then drops or re-schedules its connections (expire_nodest_conn). With
 *   `on_failure: zero` a row with weight 0, so that connections that still work go on.
 * - no verdict yet, or no word of its agent: as the table was found, so that a restart neither cuts off a server nor adds
 *   an unproven one, or one that its agent keeps away.
 */
export function weightOf(spec: ServerSpec, facts: WeightFacts): number | null {
  if (facts.admin === 'disabled') return null;
  if (facts.admin === 'drain') return 0;
  const health = presumed(facts);
  if (health === 'down') return (spec.onFailure ?? facts.policy.onFailure) === 'zero' ? 0 : null;
  const asFound = facts.policy.start === 'as-found';
  if ((health === 'unknown' || (asFound && facts.unasked === true)) && !facts.adopted) return null;
  if (asFound && facts.unasked === true) return facts.override ?? facts.found ?? spec.settings.weight;
  return ramped(fullWeight(spec, facts), facts.ramp);
}

/** A part of a weight: at least 1 of it, so that the least takes traffic as well. */
function ramped(weight: number, ramp: number): number {
  return weight === 0 || ramp >= 1 ? weight : Math.max(1, Math.round(weight * Math.max(0, ramp)));
}
