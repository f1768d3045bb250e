import { formatEndpoint } from '../values/endpoint.js';
import { formatCidr, type Ip } from '../values/ip.js';
import { type Duration, formatDuration } from '../values/time.js';

type Record_ = Readonly<Record<string, unknown>>;

/** Keys whose values nobody should find in a log. */
const SECRET = /^(pass|password|secret|token)$/;

/**
 * Says values of a validated configuration as they would stand in a file: durations with their unit, addresses with
 * their port. Secrets are not said.
 * @param durations the names of the keys that are durations, see duration-keys.ts.
 */
export function sayer(durations: ReadonlySet<string>): (key: string, value: unknown) => string {
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
