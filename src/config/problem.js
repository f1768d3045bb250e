/** `file:line:column: path: message`. */
export function formatProblem(p) {
    return `${p.file}:${p.line}:${p.column}: ${p.path === '' ? '' : `${p.path}: `}${p.message}`;
}
/** `vrrp.instances[0].advert_int`. A key of other characters is quoted, and a long one cut. */
export function formatPath(path) {
    let text = '';
    for (const part of path) {
        if (typeof part === 'number')
            text += `[${part}]`;
        else {
            const key = String(part);
            const plain = /^[\w<-]{1,48}$/.test(key) ? key : JSON.stringify(key.slice(0, 48));
            text += text === '' ? plain : `.${plain}`;
        }
    }
    return text;
}
/** In the file's order, each once. */
export function inOrder(problems) {
    const seen = new Set();
    return problems
        .filter((p) => {
        const key = `${p.line}:${p.column}:${p.path}:${p.message}`;
        return !seen.has(key) && seen.add(key);
    })
        .sort((a, b) => a.line - b.line || a.column - b.column);
}
