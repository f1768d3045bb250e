import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { isSecret } from './issues.js';
import type { Finding, Path } from './problem.js';

/** A finding in the tree of the text, with its place. */
export interface TreeFinding extends Finding {
  readonly offset: number;
}

/** What {@link inspect} found. */
export interface Inspected {
  readonly findings: readonly TreeFinding[];
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<unknown, Node>;
}

/** So many findings are kept: a file with more is wrong as a whole. */
const LISTED = 1_000;

/** Looks for keys that stand twice (the later would silently win) and for aliases that lead nowhere or in a circle. */
export function inspect(root: unknown): Inspected {
  const findings: TreeFinding[] = [];
  const targets = new Map<unknown, Node>();
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  const say = (node: unknown, path: Path, message: string) => {
    if (findings.length < LISTED) findings.push({ offset: offsetOf(node) ?? 0, path, message });
  };

  const walk = (node: unknown, path: Path): void => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined)
        say(
          node,
          path,
          'an alias (*) without its anchor (&) before it; allowed: quotes around a text that begins with *',
        );
      else if (open.has(target)) say(node, path, 'an alias (*) within its own anchor (&); allowed: aliases behind it');
      else targets.set(node, target);
      return;
    }
    if (!isNode(node)) return;
    if ('anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isSeq(node)) {
      open.add(node);
      for (const [i, item] of node.items.entries()) walk(item, [...path, i]);
      open.delete(node);
    } else if (isMap(node)) {
      open.add(node);
      const seen = new Set<string>();
      for (const pair of node.items) {
        const key = keyOf(pair.key);
        const here = [...path, key];
        if (seen.has(key)) {
          say(pair.key, isSecret(path) ? path : here, 'this key stands here already; allowed: each key once');
        }
        seen.add(key);
        walk(pair.value, here);
      }
      open.delete(node);
    }
  };
  walk(root, []);
  return { findings, targets };
}

/** Finds the place of a path: of the value, of the key where that is asked for, else of what is nearest around it. */
export function finder(root: unknown, targets: ReadonlyMap<unknown, Node>): (finding: Finding) => number {
  const pairs = new WeakMap<YAMLMap, Map<string, { key: unknown; value: unknown }>>();
  const pairOf = (map: YAMLMap, key: string) => {
    const known = pairs.get(map) ?? new Map(map.items.map((pair) => [keyOf(pair.key), pair]));
    pairs.set(map, known);
    return known.get(key);
  };
  return ({ path, atKey }) => {
    let node: unknown = root;
    let offset = offsetOf(node) ?? 0;
    for (const [i, part] of path.entries()) {
      node = targets.get(node) ?? node;
      let key: unknown;
      if (isMap(node)) {
        const pair = pairOf(node, String(part));
        if (pair === undefined) break;
        key = pair.key;
        node = pair.value;
      } else if (isSeq(node) && typeof part === 'number') node = node.items[part];
      else break;
      const isLast = i === path.length - 1;
      offset = (isLast && atKey === true ? offsetOf(key) : (offsetOf(node) ?? offsetOf(key))) ?? offset;
    }
    return offset;
  };
}

const keyOf = (key: unknown): string => String(isScalar(key) ? key.value : key);

const offsetOf = (node: unknown): number | undefined =>
  (node as { range?: readonly [number, number, number] | null } | null)?.range?.[0];
