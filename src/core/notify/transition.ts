/** What a virtual router, or a sync group, enters; `stop` is the end of the service. */
export type NotifyState = 'master' | 'backup' | 'fault' | 'stop';

/** What a balanced service enters: it has its quorum, or not. */
export type QuorumState = 'up' | 'down';

/** Who changed its state. */
export type Subject = 'instance' | 'group' | 'service';

/** One change of state that people asked to be told of. */
export interface Transition {
  /** Counts up by one with every transition of this router process. */
  readonly sequence: number;
  readonly subject: Subject;
  readonly name: string;
  /** `init` where it is the first one. */
  readonly from: NotifyState | QuorumState | 'init';
  readonly to: NotifyState | QuorumState;
  /** The effective priority; 0 for a group, as keepalived has it, and for a service. */
  readonly priority: number;
  readonly reason: string | null;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** So many transitions before this one are not told, because too many waited; `from` is what the first of them left. */
  readonly folded: number;
}

/** What has no number yet. */
export type Change = Omit<Transition, 'sequence' | 'folded'>;

/** Does this belong to the same router or group? */
export const sameSubject = (a: Change, b: Change): boolean => a.subject === b.subject && a.name === b.name;

/** The longest reason that is handed to a command, in characters. */
export const REASON_LIMIT = 1_000;

/** Control characters would end a line of a FIFO or a log early, and NUL cannot stand in an environment. */
export function sanitize(text: string): string {
  const plain = text.replace(/\p{Cc}+/gu, ' ').trim();
  return plain.length > REASON_LIMIT ? `${plain.slice(0, REASON_LIMIT - 1)}…` : plain;
}

/** `MASTER`, as keepalived writes it. */
export const stateWord = (state: Transition['from']): string => state.toUpperCase();

/** One line of the FIFO, exactly as keepalived 2.2.7 writes it: `INSTANCE "VI_1" MASTER 100`. */
export const fifoLine = ({ subject, name, to, priority }: Change): string =>
  `${subject.toUpperCase()} "${name}" ${stateWord(to)} ${priority}\n`;

/** What keepalived appends to the command of its `notify`, and we to that of `any`. */
export const commandArguments = ({ subject, name, to, priority }: Change): readonly string[] => [
  subject.toUpperCase(),
  name,
  stateWord(to),
  String(priority),
];
