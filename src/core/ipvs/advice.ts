/**
 * What a server's agent, or a check that knows more than up and down, says about its share. The words are those of
 * HAProxy's agent-check (configuration manual, "agent-check").
 */
export interface Advice {
  /** Whether it works: null where nothing was said about that. */
  readonly works: Works | null;
  /** What its administrator wants of it: null where nothing was said. */
  readonly mode: Mode | null;
  readonly weight: WeightAdvice | null;
}

export type Works =
  | { readonly up: true }
  /** `word` is how it was said (down, fail, stopped), `why` the words behind it or null. */
  | { readonly up: false; readonly word: string; readonly why: string | null };

/** ready: takes its share. drain: no new connection. maint: out of service, whatever checks say. */
export type Mode = 'ready' | 'drain' | 'maint';

export type WeightAdvice =
  /** Of the configured weight, in percent; may be above 100. */
  | { readonly kind: 'percent'; readonly percent: number }
  /** Instead of the configured weight. */
  | { readonly kind: 'absolute'; readonly weight: number }
  /** Added to the configured weight; may be negative. */
  | { readonly kind: 'added'; readonly by: number };

/** Nothing was said. */
export const SILENT: Advice = Object.freeze({ works: null, mode: null, weight: null });

/** The kernel's bound of a weight as we configure it, in either direction. */
const MOST_WEIGHT = 65_535;

/**
 * What holds after `said`: what it says nothing about stays as it was, so that only who said "down" can say "up".
 * @returns the same object where nothing changed.
 */
export function heed(before: Advice, said: Advice): Advice {
  const next = {
    works: said.works ?? before.works,
    mode: said.mode ?? before.mode,
    weight: said.weight ?? before.weight,
  };
  return sameAdvice(before, next) ? before : next;
}

/** Whether two say the same, word for word. */
export const sameAdvice = (a: Advice, b: Advice): boolean =>
  a === b || (a.mode === b.mode && sameWorks(a.works, b.works) && sameWeight(a.weight, b.weight));

function sameWorks(a: Works | null, b: Works | null): boolean {
  if (a === null || b === null) return a === b;
  return a.up ? b.up : !b.up && a.word === b.word && a.why === b.why;
}

function sameWeight(a: WeightAdvice | null, b: WeightAdvice | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.kind === 'percent') return b.kind === 'percent' && a.percent === b.percent;
  if (a.kind === 'absolute') return b.kind === 'absolute' && a.weight === b.weight;
  return b.kind === 'added' && a.by === b.by;
}

/** Why a server is down by advice, or null: `stopped (deploying)`, `maint`. */
export function downBy(advice: Advice): string | null {
  if (advice.mode === 'maint') return 'maint';
  const { works } = advice;
  if (works === null || works.up) return null;
  return works.why === null ? works.word : `${works.word} (${works.why})`;
}

/**
 * The weight that is advised, 0 to 65535, or null where none is: the check's comes first, the agent's percentage is one
 * of that. A share above 0 never becomes 0 by rounding: that would be a drain which nobody asked for.
 */
export function advisedWeight(configured: number, check: Advice, agent: Advice): number | null {
  const base = check.weight === null ? configured : applied(configured, check.weight);
  const weight = agent.weight === null ? base : applied(base, agent.weight);
  if (agent.mode === 'drain' || check.mode === 'drain') return 0;
  return agent.weight === null && check.weight === null ? null : weight;
}

function applied(base: number, advice: WeightAdvice): number {
  const exact =
    advice.kind === 'absolute'
      ? advice.weight
      : advice.kind === 'added'
        ? base + advice.by
        : (base * advice.percent) / 100;
  const least = advice.kind === 'percent' && advice.percent > 0 && base > 0 ? 1 : 0;
  return Math.min(MOST_WEIGHT, Math.max(least, Math.round(exact)));
}

/** In few words for status and events: `75%, drain`; an empty text where nothing was said. */
export function formatAdvice(advice: Advice): string {
  const { works, mode, weight } = advice;
  const words: string[] = [];
  if (works !== null) words.push(works.up ? 'up' : works.why === null ? works.word : `${works.word} (${works.why})`);
  if (mode !== null) words.push(mode);
  if (weight !== null) {
    if (weight.kind === 'percent') words.push(`${weight.percent}%`);
    else words.push(weight.kind === 'absolute' ? `weight ${weight.weight}` : `weight ${signed(weight.by)}`);
  }
  return words.join(', ');
}

const signed = (n: number): string => (n < 0 ? `${n}` : `+${n}`);
