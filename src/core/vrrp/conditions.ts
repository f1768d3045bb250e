import type { Ip } from '../../values/ip.js';
import type { Tracked } from '../track/verdict.js';
import { weighTracks } from '../track/weigh.js';
import { OWNER } from './settings.js';

/** A link as one instance sees it: its own interface or a tracked one. */
export interface LinkCondition {
  readonly name: string;
  readonly state: 'up' | 'down' | 'no-carrier' | 'missing';
}

/** The facts that decide whether an instance may serve, and with which priority. */
export interface Facts {
  readonly priority: number;
  readonly link: LinkCondition;
  readonly source: Ip | null;
  /** Why there is no source, in words. */
  readonly noSource?: string | null;
  /** All that it tracks, other interfaces included. */
  readonly tracks: readonly Tracked[];
  /** The kernel's refusal of an address, until it is tried again. */
  readonly refusal: string | null;
  /** Other standing reasons to stay out: the director process is gone for too long. */
  readonly held: readonly string[];
}

/** May it serve? Reasons are readable: they go into status and the log as they are. */
export type Verdict =
  | { readonly kind: 'pending'; readonly reasons: readonly string[] }
  | { readonly kind: 'fault'; readonly silent: boolean; readonly reasons: readonly string[] }
  | { readonly kind: 'ready'; readonly priority: number; readonly source: Ip; readonly reasons: readonly string[] };

/** Weighs all facts of one instance. */
export function judge(facts: Facts): Verdict {
  const { link, source } = facts;
  const weighed = weighTracks(facts.tracks);
  const own = link.state === 'up' ? [] : [`interface ${link.name} ${LINK_WORDS[link.state]}`];
  const refused = facts.refusal === null ? [] : [facts.refusal];
  const broken = [...new Set([...own, ...weighed.faults, ...facts.held, ...refused])];
  if (broken.length > 0) return { kind: 'fault', silent: link.state !== 'up', reasons: broken };
  if (weighed.waits.length > 0) return { kind: 'pending', reasons: weighed.waits };
  if (source === null) return { kind: 'fault', silent: false, reasons: [facts.noSource ?? noAddress(link.name)] };
  // An owner stays 255 whatever its tracks say.
  if (facts.priority === OWNER) return { kind: 'ready', priority: OWNER, source, reasons: [] };
  const priority = Math.min(254, Math.max(1, facts.priority + weighed.amount));
  return { kind: 'ready', priority, source, reasons: weighed.reasons };
}

const noAddress = (name: string): string => `interface ${name} has no address of its own`;

/** What is said of a link that is not up. */
export const LINK_WORDS: Readonly<Record<Exclude<LinkCondition['state'], 'up'>, string>> = {
  down: 'is down',
  'no-carrier': 'has no carrier',
  missing: 'does not exist',
};
