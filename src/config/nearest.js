/** How many letters must be inserted, left out, replaced or swapped with their neighbour to get from one to the other. */
export function distance(a, b) {
    let beforeLast = [];
    let last = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
        const row = [i];
        for (let j = 1; j <= b.length; j++) {
            const same = a[i - 1] === b[j - 1] ? 0 : 1;
            let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
            if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
                best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
            }
            row.push(best);
        }
        beforeLast = last;
        last = row;
    }
    return last[b.length] ?? 0;
}
/** The known word that was probably meant, or null. A third of the letters may be wrong. */
export function nearest(word, known) {
    if (word.length > 40)
        return null;
    const plain = (text) => text.toLowerCase().replaceAll('-', '_');
    let best = null;
    let least = Math.max(1, Math.floor(word.length / 3)) + 1;
    for (const candidate of known) {
        const d = distance(plain(word), plain(candidate));
        if (d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}
