import { unreachable } from '../../values/unreachable.js';
import { policyOf, type ServicePolicy, type ServiceSpec } from './spec.js';
import { fullWeight, presumed, type WeightFacts } from './weight.js';

/** Whether a service has its quorum. `open`: not known yet, as verdicts are missing that could make it up. */
export type Quorum = 'open' | 'up' | 'down';

/** How much weight a service has. Slow start does not count: a server that returns is worth its full weight at once. */
export interface Strength {
  /** The weights of servers that are up and neither drained nor disabled. */
  readonly sure: number;
  /** With those whose first verdict is still to come. */
  readonly possible: number;
}

/** What is known of a server, by its row. */
export interface Known {
  /** A server without a check is up. */
  health(row: string): WeightFacts['health'];
  admin(row: string): WeightFacts['admin'];
  /** The administrator's weight; none where this is left out. */
  override?(row: string): number | null;
  /** The weight that an agent or a check asks for; none where this is left out. */
  advised?(row: string): number | null;
  /** Whether its agent or check has yet to say something, for the first time; it has where this is left out. */
  unasked?(row: string): boolean;
}

export function strengthOf(spec: ServiceSpec, known: Known): Strength {
  const policy = policyOf(spec);
  let sure = 0;
  let open = 0;
  for (const server of spec.servers) {
    if (known.admin(server.row) !== 'ready') continue;
    const health = presumed({ health: known.health(server.row), policy });
    if (health === 'down') continue;
    const override = known.override?.(server.row) ?? null;
    const weight = fullWeight(server, { override, advised: known.advised?.(server.row) ?? null });
    if (health === 'up' && !(policy.start === 'as-found' && known.unasked?.(server.row) === true)) sure += weight;
    else open += weight;
  }
  return { sure, possible: sure + open };
}

/**
 * The quorum after this strength was seen. As keepalived has it (update_quorum_state in check/ipwrapper.c): gained at
 * quorum + hysteresis, lost below quorum − hysteresis or with nothing left. Where it was never known the bare quorum
 * decides: there is nothing yet that could flap. One that a service has is not in doubt because verdicts of more servers
 * are missing, as after a reload, which could make it up: as long as one is up it goes on with it.
 */
export function quorumAfter(
  before: Quorum,
  { sure, possible }: Strength,
  { quorum, hysteresis }: Pick<ServicePolicy, 'quorum' | 'hysteresis'>,
): Quorum {
  switch (before) {
    case 'down':
      return sure >= quorum + hysteresis ? 'up' : 'down';
    case 'up':
      if (sure > 0 && possible >= quorum - hysteresis) return 'up';
      return decide(sure, possible, Math.max(1, quorum - hysteresis));
    case 'open':
      return decide(sure, possible, quorum);
    default:
      return unreachable(before);
  }
}

function decide(sure: number, possible: number, needed: number): Quorum {
  if (sure >= needed) return 'up';
  return possible >= needed ? 'open' : 'down';
}
