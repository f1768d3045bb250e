import { z } from 'zod';
import { found, says, sentence, unquoted } from './found.js';

/** A text that a parser refused, with the reason where it can be told. */
export interface Wrong {
  readonly wrong: string | null;
}

/** Refuses a text; `why` is put behind what was found: `has no port`. */
export const wrong = (why: string | null = null): Wrong => ({ wrong: why });

/** What goes into the JSON Schema besides zod's own keywords. */
export interface FieldMeta {
  readonly pattern?: string;
  readonly examples?: readonly string[];
}

const isWrong = (value: unknown): value is Wrong => typeof value === 'object' && value !== null && 'wrong' in value;

/**
 * A key whose text is parsed to something else; the parsed type is the proof afterwards.
 * @param allowed what the message names as right: `a duration with its unit, such as 1s`.
 * @param parse gets the text, gives the value or {@link wrong}.
 * @param other the reason for a value that is no text at all (a number without its unit), or null. Without it, that
 *   quotes are missing where that is all.
 */
export function parsed<T>(
  allowed: string,
  parse: (text: string) => T | Wrong,
  meta: FieldMeta = {},
  other: (input: unknown) => string | null = (input) => unquoted(input, (text) => !isWrong(parse(text))),
) {
  const error = because(allowed, other);
  return z
    .string({ error })
    .meta({ ...meta })
    .transform((text, context): T => {
      const value = parse(text);
      if (!isWrong(value)) return value;
      const why = value.wrong === null ? '' : `, which ${value.wrong}`;
      context.addIssue({ code: 'custom', message: sentence(found(text) + why, allowed), input: text });
      return z.NEVER;
    });
}

/** An error function for zod: what was found, why it is wrong where that can be told, and what is allowed. */
const because =
  (allowed: string, why: (input: unknown) => string | null) =>
  ({ input }: { readonly input?: unknown }): string => {
    const reason = why(input);
    return sentence(found(input) + (reason === null ? '' : `, which ${reason}`), allowed);
  };

/** A whole number from `min` to `max`. */
export function whole(min: number, max: number) {
  const error = says(`a whole number from ${min} to ${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** One of some words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: says(words.join(', ')) });
}

/** true or false (YAML 1.2: `yes` and `on` are texts). */
export const flag = () => z.boolean({ error: says('true or false') });

/** A text that a pattern describes. */
export function matching(pattern: RegExp, allowed: string) {
  const error = because(allowed, (input) => unquoted(input, (text) => pattern.test(text)));
  return z.string({ error }).regex(pattern, { error });
}

/** A list; `what` names its elements in the plural. */
export function listOf<T extends z.ZodType>(element: T, what: string) {
  return z.array(element, { error: says(`a list of ${what}`) });
}

/** The keys that {@link notYet} declared: no message offers them. */
const unsupported = new WeakSet<object>();

/** A mapping that knows all its keys; the message for others is their list, see unknown keys in issues.ts. */
export function mapping<T extends z.core.$ZodLooseShape>(shape: T) {
  const keys = Object.keys(shape).filter((key) => !unsupported.has(shape[key] as object));
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? keys.join(' ') : says(`a mapping with ${keys.join(', ')}`)(issue),
  });
}

/** A key of the design that this version does not build: it is refused, never ignored. */
export function notYet(what: string) {
  const schema = z
    .never({ error: `${what} is not supported yet: remove it` })
    .optional()
    .describe('Not supported yet: a file that has it is refused.');
  unsupported.add(schema);
  return schema;
}

/** A key that may be left out and is then null. */
export const orNull = <T extends z.ZodType>(schema: T) =>
  schema.optional().transform((value): z.output<T> | null => value ?? null);
