import type { Ip } from '../../values/ip.js';
import { OWNER } from './settings.js';

/** What a track script said last; null before its first verdict. */
export interface ScriptVerdict {
  readonly up: boolean;
  readonly reason: string | null;
}

/** A script as one instance tracks it. */
export interface TrackedScript {
  readonly name: string;
  /** 0: a failure is a fault. Above: added while up. Below: added while down. */
  readonly weight: number;
  readonly verdict: ScriptVerdict | null;
}

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
  readonly trackedLinks: readonly LinkCondition[];
  readonly scripts: readonly TrackedScript[];
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
  const broken = [...linkFaults(facts), ...scriptFaults(facts), ...facts.held];
  if (facts.refusal !== null) broken.push(facts.refusal);
  if (broken.length > 0) return { kind: 'fault', silent: facts.link.state !== 'up', reasons: broken };
  const waiting = facts.scripts
    .filter((s) => s.verdict === null)
    .map((s) => `waits for the first run of script ${s.name}`);
  if (waiting.length > 0) return { kind: 'pending', reasons: waiting };
  if (facts.source === null) return { kind: 'fault', silent: false, reasons: [noAddress(facts.link.name)] };
  const { priority, reasons } = weigh(facts);
  return { kind: 'ready', priority, source: facts.source, reasons };
}

const noAddress = (name: string): string => `interface ${name} has no IPv4 address of its own`;

const WORDS: Readonly<Record<Exclude<LinkCondition['state'], 'up'>, string>> = {
  down: 'is down',
  'no-carrier': 'has no carrier',
  missing: 'does not exist',
};

function linkFaults(facts: Facts): string[] {
  const faults = new Set<string>();
  for (const link of [facts.link, ...facts.trackedLinks]) {
    if (link.state !== 'up') faults.add(`interface ${link.name} ${WORDS[link.state]}`);
  }
  return [...faults];
}

const failed = (s: TrackedScript): string =>
  s.verdict?.reason == null ? `script ${s.name} failed` : `script ${s.name} failed: ${s.verdict.reason}`;

const scriptFaults = (facts: Facts): string[] =>
  facts.scripts.filter((s) => s.weight === 0 && s.verdict?.up === false).map(failed);

/** Applies the weights: 1 to 254; an owner stays 255 whatever a script says. */
function weigh(facts: Facts): { priority: number; reasons: string[] } {
  if (facts.priority === OWNER) return { priority: OWNER, reasons: [] };
  let priority = facts.priority;
  const reasons: string[] = [];
  for (const script of facts.scripts) {
    const up = script.verdict?.up === true;
    if (script.weight > 0 && up) priority += script.weight;
    if (script.weight < 0 && !up) {
      priority += script.weight;
      reasons.push(`${failed(script)} (priority ${script.weight})`);
    }
    if (script.weight > 0 && !up) reasons.push(`${failed(script)} (without its +${script.weight})`);
  }
  return { priority: Math.min(254, Math.max(1, priority)), reasons };
}
