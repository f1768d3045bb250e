/** A file's text, cut at the services of `ipvs`. */
export interface Items {
  /** Up to the first service. */
  readonly head: string;
  /** Each service's lines, with the comments and blank lines behind it. */
  readonly items: readonly string[];
  /** Behind the last service. */
  readonly tail: string;
  /** So many blanks stand before each service's dash. */
  readonly indent: number;
}

/**
 * Characters that may tie one service to another (anchors, aliases), begin another document or directive, or make lines
 * that YAML ends elsewhere than this does.
 */
const TIED = /[&*\r\t\u0085\u2028\u2029\ufeff]|^(?:---|\.\.\.|%)/m;

const IPVS = /^ipvs:[ ]*(?:#.*)?$/;
const SERVICES = /^( +)services:[ ]*(?:#.*)?$/;
/** Neither blank nor a comment. */
const SAYS = /^( *)[^\s#]/;

/**
 * Cuts a text into its services, so that those which are the same as before need not be read again. Within a block
 * sequence every line of an item is indented deeper than its dash, whatever scalars or flow collections it has (YAML 1.2
 * §8.2.1, §7.4): so lines tell where an item ends.
 * @returns null where the text is not so plain that lines tell all.
 */
export function cutServices(text: string): Items | null {
  if (TIED.test(text)) return null;
  const lines = text.split('\n');
  // A text that is no block mapping at its top (a flow mapping, a text) may have such lines anywhere.
  if (!/^[a-z_]+:(?: |$)/.test(lines.find((line) => SAYS.test(line)) ?? '')) return null;
  const top = only(lines, 0, lines.length, (line) => IPVS.test(line));
  if (top === null) return null;
  const end = next(lines, top + 1, lines.length, (indent) => indent === 0);
  const first = next(lines, top + 1, end, () => true);
  const inner = SAYS.exec(lines[first] ?? '')?.[1]?.length ?? 0;
  if (inner === 0) return null;
  const key = only(lines, top + 1, end, (line) => SERVICES.exec(line)?.[1]?.length === inner);
  if (key === null) return null;
  const begin = next(lines, key + 1, end, () => true);
  const dash = /^( *)- /.exec(lines[begin] ?? '')?.[1]?.length ?? -1;
  if (begin >= end || dash < inner) return null;
  const starts: number[] = [];
  let at = begin;
  for (; at < end; at++) {
    const indent = SAYS.exec(lines[at] ?? '')?.[1]?.length;
    if (indent === undefined || indent > dash) continue;
    if (indent < dash || !(lines[at] ?? '').startsWith('- ', dash)) break;
    starts.push(at);
  }
  const piece = (from: number, to: number): string =>
    lines
      .slice(from, to)
      .map((line) => `${line}\n`)
      .join('');
  return {
    head: piece(0, begin),
    items: starts.map((start, i) => piece(start, starts[i + 1] ?? at)),
    tail: lines.slice(at).join('\n'),
    indent: dash,
  };
}

/** The one line that is meant; null where there is none, or more than one. */
function only(lines: readonly string[], from: number, to: number, is: (line: string) => boolean): number | null {
  let found: number | null = null;
  for (let at = from; at < to; at++) {
    if (!is(lines[at] ?? '')) continue;
    if (found !== null) return null;
    found = at;
  }
  return found;
}

/** The first line that says something and is indented so; `to` where there is none. */
function next(lines: readonly string[], from: number, to: number, is: (indent: number) => boolean): number {
  for (let at = from; at < to; at++) {
    const indent = SAYS.exec(lines[at] ?? '')?.[1]?.length;
    if (indent !== undefined && is(indent)) return at;
  }
  return to;
}
