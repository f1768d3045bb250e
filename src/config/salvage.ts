import type { Finding, Path } from './problem.js';

/** The sound rest of a file with errors, and the way back to the places of what is in it. */
export interface Salvaged {
  readonly data: unknown;
  /** The path in the file of a path in `data`: list elements that were dropped have moved the later ones up. */
  readonly original: (path: Path) => Path;
}

type Tree = { readonly at: Map<PropertyKey, Tree>; drop: boolean };
const tree = (): Tree => ({ at: new Map(), drop: false });

/**
 * Leaves out what the findings are about: the innermost list element around each, else the key itself. So the checks
 * that look at several elements can still run over all others, and the operator gets all errors at once.
 */
export function salvage(data: unknown, findings: readonly Finding[]): Salvaged {
  const root = tree();
  for (const { path } of findings) {
    const inList = path.findLastIndex((part) => typeof part === 'number');
    let node = root;
    for (const part of inList < 0 ? path : path.slice(0, inList + 1)) {
      const next = node.at.get(part) ?? tree();
      node.at.set(part, next);
      node = next;
    }
    node.drop = true;
  }
  const kept = new Map<string, number[]>();
  const rest = root.drop ? {} : without(data, root, [], kept);
  return { data: rest, original: (path) => original(path, kept) };
}

function without(value: unknown, marks: Tree, path: Path, kept: Map<string, number[]>): unknown {
  if (marks.at.size === 0) return value;
  if (Array.isArray(value)) {
    const indexes = value.map((_, i) => i).filter((i) => marks.at.get(i)?.drop !== true);
    kept.set(JSON.stringify(path), indexes);
    return indexes.map((i, now) => without(value[i], marks.at.get(i) ?? tree(), [...path, now], kept));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => marks.at.get(key)?.drop !== true);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, without(inner, marks.at.get(key) ?? tree(), [...path, key], kept)]),
  );
}

function original(path: Path, kept: ReadonlyMap<string, readonly number[]>): Path {
  return path.map((part, i) => {
    if (typeof part !== 'number') return part;
    return kept.get(JSON.stringify(path.slice(0, i)))?.[part] ?? part;
  });
}
