import { jsonSchema } from './reference.js';

/** What the pattern of a duration in the JSON Schema ends with. */
const UNITS = '(us|ms|s|m|h)$';

/** The names of the keys that are durations. */
export function durationKeys(): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties } = node as { properties?: Readonly<Record<string, unknown>> };
    for (const [key, value] of Object.entries(properties ?? {})) if (isDuration(value)) keys.add(key);
    for (const each of Object.values(node)) visit(each);
  };
  visit(jsonSchema());
  return keys;
}

function isDuration(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  const { pattern, anyOf } = node as { pattern?: unknown; anyOf?: readonly unknown[] };
  return (typeof pattern === 'string' && pattern.endsWith(UNITS)) || (anyOf ?? []).some(isDuration);
}
