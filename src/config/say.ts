import { formatEndpoint } from '../values/endpoint.js';
import { formatCidr, type Ip } from '../values/ip.js';
import { type Duration, formatDuration } from '../values/time.js';

type Record_ = Readonly<Record<string, unknown>>;

/** Keys whose values nobody should find in a log. */
const SECRET = /^(pass|password|secret|token)$/;

/** Header fields whose values are secrets. */
const SECRET_FIELD = /auth|cookie|token|secret|key/i;

/** So many bytes are told. */
const SHOWN = 32;

/**
 * Says values of a validated configuration as they would stand in a file: durations with their unit, addresses with
 * their port, regular expressions between slashes, bytes as digits. Secrets are not said.
 * @param durations the names of the keys that are durations, see duration-keys.ts.
 */
export function sayer(durations: ReadonlySet<string>): (key: string, value: unknown) => string {
  const say = (key: string, value: unknown): string => {
    if (value === null || value === undefined) return 'none';
    if (SECRET.test(key)) return '(secret)';
    if (typeof value === 'number') return durations.has(key) ? formatDuration(value as Duration) : String(value);
    if (typeof value === 'string') return sayText(value);
    if (typeof value !== 'object') return String(value);
    if (value instanceof Uint8Array) return sayBytes(value);
    if (Array.isArray(value)) return `[${value.map((each) => say(key, each)).join(', ')}]`;
    return sayRecord(value as Record_, say);
  };
  return say;
}

/** Quoted where it could not be seen, or would be several lines. */
const sayText = (text: string): string => (/^$|^\s|\s$|\p{Cc}/u.test(text) ? JSON.stringify(text) : text);

/** The digits; of more bytes than anybody compares by eye the first ones, and how many there are. */
function sayBytes(bytes: Uint8Array, mask?: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN)).toString('hex');
  const masked = mask === undefined ? '' : Buffer.from(mask.subarray(0, SHOWN)).toString('hex');
  const digits = [...shown].map((digit, i) => (masked[i] === '0' ? 'x' : digit)).join('');
  return bytes.length > SHOWN ? `${digits}... (${bytes.length} bytes)` : digits;
}

/** What a check sends or expects, and ranges: they stand in the file as one text. */
function sayPacked(value: Record_): string | null {
  const { kind, source, flags, text, bytes, mask, from, to } = value;
  if (kind === 'regex') return `/${source}/${flags}`;
  if (kind === 'text' && typeof text === 'string') return sayText(text);
  if (kind === 'bytes' && bytes instanceof Uint8Array) return sayBytes(bytes, mask as Uint8Array);
  if (typeof from === 'number' && typeof to === 'number') return from === to ? `${from}` : `${from}-${to}`;
  return null;
}

function sayRecord(value: Record_, say: (key: string, value: unknown) => string): string {
  const packed = sayPacked(value);
  if (packed !== null) return packed;
  const { address, port, last, prefix, cidr, name } = value;
  const keys = Object.keys(value);
  if (keys.length === 2 && typeof address === 'string' && typeof port === 'number') {
    return formatEndpoint({ address: address as Ip, port });
  }
  if (keys.length === 3 && typeof address === 'string' && typeof port === 'number' && typeof last === 'number') {
    return `${formatEndpoint({ address: address as Ip, port })}-${last}`;
  }
  if (keys.length === 2 && typeof address === 'string' && typeof prefix === 'number') {
    return formatCidr({ address, prefix } as Parameters<typeof formatCidr>[0]);
  }
  if (keys.length === 1 && typeof name === 'string') return name;
  // A header field: to be sent, or expected with any value or what its value contains.
  if (keys.length === 2 && typeof name === 'string' && 'value' in value) {
    if (value.value === null) return name;
    return `${name}: ${say(SECRET_FIELD.test(name) ? 'secret' : 'value', value.value)}`;
  }
  if (keys.length === 1 && cidr !== undefined) return say('cidr', cidr);
  const told = keys.filter((key) => value[key] !== null && value[key] !== undefined);
  return `{ ${told.map((key) => `${key}: ${say(key, value[key])}`).join(', ')} }`;
}
