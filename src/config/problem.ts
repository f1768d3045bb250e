import { visible } from './blanks.js';

/** One thing that is wrong in the file, or worth a warning: where it stands, and what would be right. */
export interface Problem {
  readonly file: string;
  /** From 1; 0 of a file that was not read: no place in it is to blame. */
  readonly line: number;
  /** From 1, or 0 like the line. */
  readonly column: number;
  /** `vrrp.instances[0].advert_int`; empty for the file as a whole. */
  readonly path: string;
  /** What was found and what is allowed. Never a password. */
  readonly message: string;
}

/** Keys and indexes from the file's root. */
export type Path = readonly PropertyKey[];

/** A finding before its place in the file is looked up. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** The last element of the path is a key that is looked up by itself, not by its value. */
  readonly atKey?: boolean;
}

/** Gives a finding its place. */
export type Locate = (finding: Finding) => Problem;

/** `file:line:column: path: message`. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place}: ${path === '' ? '' : `${path}: `}${message}`;
}

/** `vrrp.instances[0].advert_int`. A key of other characters is quoted, and a long one cut. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else {
      const key = String(part);
      const plain = /^[\w<-]{1,48}$/.test(key) ? key : visible(JSON.stringify(key.slice(0, 48)));
      text += text === '' ? plain : `.${plain}`;
    }
  }
  return text;
}

/** In the file's order, each once. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems
    .filter((p) => {
      const key = `${p.line}:${p.column}:${p.path}:${p.message}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
}
