/** What /proc tells of a process that lives (a zombie does not). */
export interface ProcessFacts {
  /** Its name: what was executed, or what it has called itself since; cut to 15 bytes by the kernel (TASK_COMM_LEN). */
  readonly comm: string;
  /** The file that it runs; null where we may not know (another user's, without CAP_SYS_PTRACE). */
  readonly exe: string | null;
  /** The first argument, as whoever started it wrote it; null for a kernel thread. */
  readonly argv0: string | null;
}

/** The longest name that a process can have, in bytes. */
const COMM = 15;

const bytes = new TextEncoder();
const text = new TextDecoder();

/** Where more than its name is needed to know whether it is meant. */
export const needsMore = (wanted: string): boolean => wanted.startsWith('/') || bytes.encode(wanted).length > COMM;

/**
 * Whether a process is the one that is meant: by its name, or by the absolute path of its program. A longer name than
 * the kernel keeps is compared with the program's file and the first argument.
 */
export function isMeant(wanted: string, facts: ProcessFacts): boolean {
  if (wanted.startsWith('/')) return (facts.exe === null ? facts.argv0 : program(facts.exe)) === wanted;
  const name = bytes.encode(wanted);
  if (name.length <= COMM) return facts.comm === wanted;
  const cut = text.decode(name.subarray(0, COMM));
  return facts.comm === cut && [facts.exe && program(facts.exe), facts.argv0].some((p) => p && base(p) === wanted);
}

/** A program that was replaced while it runs (an upgrade) is still that program. */
const program = (exe: string): string => exe.replace(/ \(deleted\)$/, '');

const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `none runs`, `1 runs, needs 2`. */
export const countedReason = (count: number, quorum: number): string =>
  quorum === 1 ? 'none runs' : `${count === 0 ? 'none' : count} ${count > 1 ? 'run' : 'runs'}, needs ${quorum}`;
