/** What stat(2) says of one path. */
export interface FileFacts {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'other';
  /** The permission bits, with set-id and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A script's file with the directories that lead to it, symbolic links followed. */
export interface ScriptFacts {
  /** As configured. */
  readonly path: string;
  /** Of the file that the path leads to in the end. */
  readonly file: FileFacts;
  /** Every directory on the way, of the path itself and of what its links lead to. */
  readonly directories: readonly FileFacts[];
}

/** Who will run it. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');

/** `path`, or `path (a link to target)`. */
const named = (facts: ScriptFacts): string =>
  facts.path === facts.file.path ? facts.path : `${facts.path} (a link to ${facts.file.path})`;

/**
 * Why a script may not be run: whoever can change it would decide who is master. Checked before every run.
 * @returns one sentence that names what and what would be right, or null when it may be run.
 */
export function refuseScript(facts: ScriptFacts, as: RunAs): string | null {
  const { file } = facts;
  if (file.kind !== 'file') return `${named(facts)} is not a file`;
  if ((file.mode & 0o022) !== 0) {
    return `${named(facts)} is writable by group or others (mode ${octal(file.mode)}): chmod go-w ${file.path}`;
  }
  if (file.uid !== 0 && file.uid !== as.uid) {
    return `${named(facts)} belongs to user ${file.uid}, who could change it: chown root ${file.path}`;
  }
  for (const d of facts.directories) {
    // Group root is as good as root; in a sticky directory (/tmp) nobody can replace the file of another.
    const open = (d.mode & 0o002) !== 0 || ((d.mode & 0o020) !== 0 && d.gid !== 0);
    if (open && (d.mode & 0o1000) === 0) {
      return `${named(facts)} could be replaced: directory ${d.path} is writable by group or others (mode ${octal(d.mode)})`;
    }
  }
  if (!executable(file, as)) {
    return `${named(facts)} is not executable for user ${as.name} (mode ${octal(file.mode)}): chmod a+rx ${file.path}`;
  }
  return null;
}

function executable(file: FileFacts, as: RunAs): boolean {
  if (as.uid === 0) return (file.mode & 0o111) !== 0;
  if (file.uid === as.uid) return (file.mode & 0o100) !== 0;
  return (file.mode & (file.gid === as.gid ? 0o010 : 0o001)) !== 0;
}
