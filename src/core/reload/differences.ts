/** Says a value of a configuration in a few words; `key` is the last key of its path. */
export type Say = (key: string, value: unknown) => string;

/** So long a single value is told; of a longer one its beginning. */
const LONGEST = 120;

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

/**
 * What differs between two values of a configuration, one entry a key: `scheduler rr -> wrr`, `check.interval 2s -> 1s`.
 * Mappings are compared key by key, all else as a whole; a key that is missing is one without a value.
 * @param path of both, empty at the top.
 */
export function differences(before: unknown, after: unknown, say: Say, path = ''): string[] {
  if (same(before, after)) return [];
  const told = (value: unknown): string => clip(say(path.slice(path.lastIndexOf('.') + 1), value));
  // A mapping that has a short form of its own (an address) is told in it, as is another kind of check.
  if (!isMapping(before) || !isMapping(after) || before.type !== after.type || atomic(before) || atomic(after))
    return [`${path} ${told(before)} -> ${told(after)}`];
  const keys = [...Object.keys(before), ...Object.keys(after).filter((key) => !(key in before))];
  return keys.flatMap((key) => differences(before[key], after[key], say, path === '' ? key : `${path}.${key}`));
}

/** An endpoint or a prefix, a text or pattern or bytes that are expected: one value for people. */
const atomic = (value: Readonly<Record<string, unknown>>): boolean =>
  /^(text|regex|bytes)$/.test(String(value.kind)) ||
  ('address' in value && ('port' in value || 'prefix' in value) && Object.keys(value).length === 2);

/** Whether two values of a configuration are the same: plain records, lists, texts, numbers, bytes. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? null) === (b ?? null);
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((each, i) => same(each, b[i]));
  }
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return sameBytes(a, b);
  if (a instanceof RegExp || b instanceof RegExp) return String(a) === String(b);
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!same(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && right[key] !== undefined && right[key] !== null) return false;
  return true;
}

function sameBytes(a: object, b: object): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array) || a.length !== b.length) return false;
  return a.every((byte, i) => byte === b[i]);
}

const clip = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);
