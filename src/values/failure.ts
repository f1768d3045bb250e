/** Why the kernel, or a package between us and it, refused: plain data, so that it can cross process and test borders. */
export interface Failure {
  /** What was tried: `ipvs.newDest`, `address.add`, `lan.send`. */
  readonly what: string;
  /** The kernel's name for the error (`ENODEV`), or a word of ours in lower case. */
  readonly code: string;
  /** What it was tried on, and what would be right where that is known. */
  readonly detail: string;
}

/** `address.add 10.0.0.10/32 on eth1: ENODEV`. */
export const formatFailure = (f: Failure): string => `${f.what} ${f.detail}: ${f.code}`;

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ECONNREFUSED: 'connection refused',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the path is too long',
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EPERM: 'permission denied',
};

/** The system's error in words that need no manual; one that is rare as its name, one without a name as it says itself. */
export function inWords(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code === 'string') return WORDS[code] ?? code;
  return error instanceof Error ? error.message : String(error);
}
