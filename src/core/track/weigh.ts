import { unreachable } from '../../values/unreachable.js';
import type { Tracked, TrackKind, TrackVerdict } from './verdict.js';

/** What one track does to its instance. */
export type Effect =
  /** No verdict yet. */
  | { readonly kind: 'waits'; readonly reason: string }
  | { readonly kind: 'fault'; readonly reason: string }
  /** `reason` where it lowers the priority, or does not raise it. */
  | { readonly kind: 'adds'; readonly amount: number; readonly reason: string | null };

/** A file that takes more than this from the priority is a fault, as with keepalived's track_file. */
const LEAST = -253;

/** How each kind is spoken of while it is down, and (tracked in reverse) while it is up. */
const WORDS: Readonly<Record<TrackKind, readonly [down: string, up: string]>> = {
  script: ['failed', 'succeeded'],
  interface: ['is down', 'is up'],
  process: ['is missing', 'is running'],
  file: ['is bad', 'is good'],
  service: ['is down', 'is up'],
  route: ['is missing', 'is there'],
  quorum: ['is not reached', 'is reached'],
};

/** Weighs one track; its reason names it. */
export function effectOf(tracked: Tracked): Effect {
  const { kind, name, verdict } = tracked;
  if (verdict === null) {
    const first = kind === 'script' ? 'first run' : 'first verdict';
    return { kind: 'waits', reason: `waits for the ${first} of ${kind} ${name}` };
  }
  return kind === 'file' ? ofFile(tracked, verdict) : ofVerdict(tracked, verdict);
}

function ofVerdict(tracked: Tracked, verdict: TrackVerdict): Effect {
  const { weight, reverse } = tracked;
  const good = verdict.up !== reverse;
  const says = sentence(tracked, verdict);
  if (weight === 0) return good ? { kind: 'adds', amount: 0, reason: null } : { kind: 'fault', reason: says };
  if (weight > 0) {
    return { kind: 'adds', amount: good ? weight : 0, reason: good ? null : `${says} (without its +${weight})` };
  }
  return { kind: 'adds', amount: good ? 0 : weight, reason: good ? null : `${says} (priority ${weight})` };
}

/** The number of a file is what counts; one that cannot be read counts as 0, and its reason says so. */
function ofFile(tracked: Tracked, verdict: TrackVerdict): Effect {
  const { name, weight, reverse } = tracked;
  const value = verdict.value ?? 0;
  const oddity = verdict.reason === null ? null : `file ${name} ${verdict.reason}`;
  if (weight === 0) {
    if ((value === 0) !== reverse) return { kind: 'adds', amount: 0, reason: oddity };
    return { kind: 'fault', reason: oddity ?? `file ${name} has ${value}${reverse ? ' (tracked in reverse)' : ''}` };
  }
  // Not -0, which would be shown as such.
  const amount = value * weight * (reverse ? -1 : 1) + 0;
  if (amount < LEAST) return { kind: 'fault', reason: `file ${name} has ${value}, which makes ${amount}` };
  return { kind: 'adds', amount, reason: amount < 0 ? `file ${name} has ${value} (priority ${amount})` : oddity };
}

function sentence({ kind, name, reverse }: Tracked, { up, reason }: TrackVerdict): string {
  const more = reason === null ? '' : reason;
  if (kind === 'interface' && !up) return `interface ${name} ${more || WORDS.interface[0]}`;
  const word = WORDS[kind][up ? 1 : 0];
  return `${kind} ${name} ${word}${more === '' ? '' : `: ${more}`}${reverse ? ' (tracked in reverse)' : ''}`;
}

/** What all tracks together do. Faults and waits are complete; `amount` and `reasons` count without them. */
export interface Weighed {
  readonly faults: readonly string[];
  readonly waits: readonly string[];
  readonly amount: number;
  readonly reasons: readonly string[];
}

/** Weighs all tracks of one instance. */
export function weighTracks(tracks: readonly Tracked[]): Weighed {
  const faults: string[] = [];
  const waits: string[] = [];
  const reasons: string[] = [];
  let amount = 0;
  for (const tracked of tracks) {
    const effect = effectOf(tracked);
    switch (effect.kind) {
      case 'waits':
        waits.push(effect.reason);
        break;
      case 'fault':
        faults.push(effect.reason);
        break;
      case 'adds':
        amount += effect.amount;
        if (effect.reason !== null) reasons.push(effect.reason);
        break;
      default:
        unreachable(effect);
    }
  }
  return { faults, waits, amount, reasons };
}
