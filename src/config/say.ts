import { formatEndpoint } from '../values/endpoint.js';
import { formatCidr, type Ip } from '../values/ip.js';
import { type Duration, formatDuration } from '../values/time.js';
import { jsonSchema } from './reference.js';

type Record_ = Readonly<Record<string, unknown>>;

/** Keys whose values nobody should find in a log. */
const SECRET = /^(pass|password|secret|token)$/;

/**
 * Says values of a validated configuration as they would stand in a file: durations with their unit, addresses with
 * their port. Secrets are not said. Which keys are durations comes from the schema, once, when it is first needed.
 */
export function sayer(): (key: string, value: unknown) => string {
  const durations = durationKeys();
  const say = (key: string, value: unknown): string => {
    if (value === null || value === undefined) return 'none';
    if (SECRET.test(key)) return '(secret)';
    if (typeof value === 'number') return durations.has(key) ? formatDuration(value as Duration) : String(value);
    if (typeof value !== 'object') return String(value);
    if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
    if (value instanceof RegExp) return String(value);
    if (Array.isArray(value)) return `[${value.map((each) => say(key, each)).join(', ')}]`;
    return sayRecord(value as Record_, say);
  };
  return say;
}

function sayRecord(value: Record_, say: (key: string, value: unknown) => string): string {
  const { address, port, prefix, cidr, name } = value;
  const keys = Object.keys(value);
  if (keys.length === 2 && typeof address === 'string' && typeof port === 'number') {
    return formatEndpoint({ address: address as Ip, port });
  }
  if (keys.length === 2 && typeof address === 'string' && typeof prefix === 'number') {
    return formatCidr({ address, prefix } as Parameters<typeof formatCidr>[0]);
  }
  if (keys.length === 1 && typeof name === 'string') return name;
  if (keys.length === 1 && cidr !== undefined) return say('cidr', cidr);
  const told = keys.filter((key) => value[key] !== null && value[key] !== undefined);
  return `{ ${told.map((key) => `${key}: ${say(key, value[key])}`).join(', ')} }`;
}

/** What the pattern of a duration in the JSON Schema ends with. */
const UNITS = '(us|ms|s|m|h)$';

/** The names of the keys that are durations. */
export function durationKeys(): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties } = node as { properties?: Record_ };
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
