/** The longest piece of a value that a message repeats. */
const SHOWN = 48;
/** A text as it may stand in a message: quoted, bounded, without control characters. */
export function quote(text) {
    const cut = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    return JSON.stringify(cut).replaceAll(/[\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, '?');
}
/** Says what stands in the file: `found "eth 0"`, `found a list`, `missing`. */
export function found(value) {
    if (value === undefined)
        return 'missing';
    if (value === null)
        return 'found nothing';
    if (typeof value === 'string')
        return `found ${value === '' ? 'an empty text' : quote(value)}`;
    if (Array.isArray(value))
        return 'found a list';
    if (typeof value === 'object')
        return 'found a mapping';
    return `found ${String(value)}`;
}
/** Like {@link found}, for values that must not be repeated: only their kind is told. */
export function foundSecret(value) {
    if (typeof value === 'string' && value !== '')
        return 'found a text (not shown)';
    if (typeof value === 'number' || typeof value === 'boolean')
        return `found a ${typeof value} (not shown)`;
    return found(value);
}
/** The whole sentence: what was found, and what is allowed. */
export const sentence = (what, allowed) => `${what}; allowed: ${allowed}`;
/** An error function for zod: what was found in the file, and `allowed`. */
export function says(allowed) {
    return (issue) => sentence(found(issue.input), allowed);
}
/** The same without the value. */
export function saysSecret(allowed) {
    return (issue) => sentence(foundSecret(issue.input), allowed);
}
