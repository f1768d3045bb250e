import type { TrackVerdict } from './verdict.js';

/** One script as a quorum counts it. */
export interface Member {
  readonly name: string;
  /** It counts as good while it fails. */
  readonly reverse: boolean;
  readonly verdict: TrackVerdict | null;
}

/** One verdict of several scripts: `need` of them must be good. null while that is still open. */
export function quorumVerdict(members: readonly Member[], need: number): TrackVerdict | null {
  const isGood = (m: Member): boolean => m.verdict !== null && m.verdict.up !== m.reverse;
  const good = members.filter(isGood).length;
  if (good >= need) return { up: true, reason: null };
  const open = members.filter((m) => m.verdict === null).length;
  if (good + open >= need) return null;
  const bad = members.filter((m) => m.verdict !== null && !isGood(m)).map(said);
  return { up: false, reason: `${good} of ${members.length} good, needs ${need} (${bad.join('; ')})` };
}

function said({ name, verdict }: Member): string {
  const word = verdict?.up === true ? 'succeeded' : 'failed';
  return verdict?.reason == null ? `${name} ${word}` : `${name} ${word}: ${verdict.reason}`;
}
