import { z } from 'zod';
import { found, says, sentence } from './found.js';
/** Refuses a text; `why` is put behind what was found: `has no port`. */
export const wrong = (why = null) => ({ wrong: why });
const isWrong = (value) => typeof value === 'object' && value !== null && 'wrong' in value;
/**
 * A key whose text is parsed to something else; the parsed type is the proof afterwards.
 * @param allowed what the message names as right: `a duration with its unit, such as 1s`.
 * @param parse gets the text, gives the value or {@link wrong}.
 * @param other the reason for a value that is no text at all (a number without its unit), or null.
 */
export function parsed(allowed, parse, meta = {}, other = () => null) {
    const error = (issue) => {
        const why = other(issue.input);
        return sentence(found(issue.input) + (why === null ? '' : `, which ${why}`), allowed);
    };
    return z
        .string({ error })
        .meta({ ...meta })
        .transform((text, context) => {
        const value = parse(text);
        if (!isWrong(value))
            return value;
        const why = value.wrong === null ? '' : `, which ${value.wrong}`;
        context.addIssue({ code: 'custom', message: sentence(found(text) + why, allowed), input: text });
        return z.NEVER;
    });
}
/** A whole number from `min` to `max`. */
export function whole(min, max) {
    const error = says(`a whole number from ${min} to ${max}`);
    return z.int({ error }).min(min, { error }).max(max, { error });
}
/** One of some words. */
export function oneOf(words) {
    return z.enum(words, { error: says(words.join(', ')) });
}
/** true or false (YAML 1.2: `yes` and `on` are texts). */
export const flag = () => z.boolean({ error: says('true or false') });
/** A text that a pattern describes. */
export function matching(pattern, allowed) {
    const error = says(allowed);
    return z.string({ error }).regex(pattern, { error });
}
/** A list; `what` names its elements in the plural. */
export function listOf(element, what) {
    return z.array(element, { error: says(`a list of ${what}`) });
}
/** The keys that {@link notYet} declared: no message offers them. */
const unsupported = new WeakSet();
/** A mapping that knows all its keys; the message for others is their list, see unknown keys in issues.ts. */
export function mapping(shape) {
    const keys = Object.keys(shape).filter((key) => !unsupported.has(shape[key]));
    return z.strictObject(shape, {
        error: (issue) => issue.code === 'unrecognized_keys' ? keys.join(' ') : says(`a mapping with ${keys.join(', ')}`)(issue),
    });
}
/** A key of the design that this version does not build: it is refused, never ignored. */
export function notYet(what) {
    const schema = z
        .never({ error: `${what} is not supported yet: remove it` })
        .optional()
        .describe('Not supported yet: a file that has it is refused.');
    unsupported.add(schema);
    return schema;
}
/** A key that may be left out and is then null. */
export const orNull = (schema) => schema.optional().transform((value) => value ?? null);
