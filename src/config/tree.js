import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import { isSecret } from './issues.js';
/** So many findings are kept: a file with more is wrong as a whole. */
const LISTED = 1_000;
/** Looks for keys that stand twice (the later would silently win) and for aliases that lead nowhere or in a circle. */
export function inspect(root) {
    const findings = [];
    const targets = new Map();
    const anchors = new Map();
    const open = new Set();
    const say = (node, path, message) => {
        if (findings.length < LISTED)
            findings.push({ offset: offsetOf(node) ?? 0, path, message });
    };
    const walk = (node, path) => {
        if (isAlias(node)) {
            const target = anchors.get(node.source);
            if (target === undefined)
                say(node, path, 'an alias (*) without its anchor (&) before it; allowed: quotes around a text that begins with *');
            else if (open.has(target))
                say(node, path, 'an alias (*) within its own anchor (&); allowed: aliases behind it');
            else
                targets.set(node, target);
            return;
        }
        if (!isNode(node))
            return;
        if ('anchor' in node && node.anchor !== undefined)
            anchors.set(node.anchor, node);
        if (isSeq(node)) {
            open.add(node);
            for (const [i, item] of node.items.entries())
                walk(item, [...path, i]);
            open.delete(node);
        }
        else if (isMap(node)) {
            open.add(node);
            const seen = new Set();
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
export function finder(root, targets) {
    const pairs = new WeakMap();
    const pairOf = (map, key) => {
        const known = pairs.get(map) ?? new Map(map.items.map((pair) => [keyOf(pair.key), pair]));
        pairs.set(map, known);
        return known.get(key);
    };
    return ({ path, atKey }) => {
        let node = root;
        let offset = offsetOf(node) ?? 0;
        for (const [i, part] of path.entries()) {
            node = targets.get(node) ?? node;
            let key;
            if (isMap(node)) {
                const pair = pairOf(node, String(part));
                if (pair === undefined)
                    break;
                key = pair.key;
                node = pair.value;
            }
            else if (isSeq(node) && typeof part === 'number')
                node = node.items[part];
            else
                break;
            const isLast = i === path.length - 1;
            offset = (isLast && atKey === true ? offsetOf(key) : (offsetOf(node) ?? offsetOf(key))) ?? offset;
        }
        return offset;
    };
}
const keyOf = (key) => String(isScalar(key) ? key.value : key);
const offsetOf = (node) => node?.range?.[0];
