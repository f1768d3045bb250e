const tree = () => ({ at: new Map(), drop: false });
/**
 * Leaves out what the findings are about: the innermost list element around each, else the key itself. So the checks
 * that look at several elements can still run over all others, and the operator gets all errors at once.
 */
export function salvage(data, findings) {
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
    const kept = new Map();
    const rest = root.drop ? {} : without(data, root, [], kept);
    return { data: rest, original: (path) => original(path, kept) };
}
function without(value, marks, path, kept) {
    if (marks.at.size === 0)
        return value;
    if (Array.isArray(value)) {
        const indexes = value.map((_, i) => i).filter((i) => marks.at.get(i)?.drop !== true);
        kept.set(JSON.stringify(path), indexes);
        return indexes.map((i, now) => without(value[i], marks.at.get(i) ?? tree(), [...path, now], kept));
    }
    if (typeof value !== 'object' || value === null)
        return value;
    const entries = Object.entries(value).filter(([key]) => marks.at.get(key)?.drop !== true);
    return Object.fromEntries(entries.map(([key, inner]) => [key, without(inner, marks.at.get(key) ?? tree(), [...path, key], kept)]));
}
function original(path, kept) {
    return path.map((part, i) => {
        if (typeof part !== 'number')
            return part;
        return kept.get(JSON.stringify(path.slice(0, i)))?.[part] ?? part;
    });
}
