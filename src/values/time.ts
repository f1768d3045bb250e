/** A length of time, in whole microseconds. */
export type Duration = number & { readonly __unit: 'duration-us' };

/** A point on the monotonic clock (CLOCK_MONOTONIC), in microseconds. Never a wall-clock time. */
export type Instant = number & { readonly __unit: 'instant-us' };

/** Duration of `n` microseconds; fractions are dropped. */
export const micros = (n: number): Duration => Math.trunc(n) as Duration;

/** Duration of `n` milliseconds. */
export const millis = (n: number): Duration => micros(n * 1_000);

/** Duration of `n` seconds. */
export const seconds = (n: number): Duration => micros(n * 1_000_000);

/** The instant `d` after `t`. */
export const after = (t: Instant, d: Duration): Instant => ((t as number) + (d as number)) as Instant;

/** How long from `start` to `end`; negative when `end` is earlier. */
export const between = (start: Instant, end: Instant): Duration => ((end as number) - (start as number)) as Duration;

/** An instant from a raw reading in microseconds. */
export const instant = (us: number): Instant => us as Instant;

/** A duration as a fraction of a second, for messages and status. */
export const toSeconds = (d: Duration): number => (d as number) / 1_000_000;

/** A duration in milliseconds, with fractions. */
export const toMillis = (d: Duration): number => (d as number) / 1_000;

const UNITS: ReadonlyArray<readonly [string, number]> = [
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1_000],
  ['us', 1],
];

/**
 * Reads `10ms`, `1s`, `1.5s`, `5m`, `1h`. The unit is required; a bare number is refused, because `5` alone has meant
 * seconds, milliseconds and centiseconds in the tools that people come from.
 * @returns the duration, or null when the text is none.
 */
export function parseDuration(text: string): Duration | null {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h)$/.exec(text);
  if (match === null) return null;
  const unit = UNITS.find(([name]) => name === match[2]);
  if (unit === undefined) return null;
  const value = Number(match[1]) * unit[1];
  return Number.isSafeInteger(Math.round(value)) ? (Math.round(value) as Duration) : null;
}

/** Writes a duration with the largest unit that gives a whole number: `1s`, `1500ms`, `5m`. */
export function formatDuration(d: Duration): string {
  if (d === 0) return '0s';
  for (const [name, size] of UNITS) {
    if (d % size === 0) return `${d / size}${name}`;
  }
  return `${d}us`;
}
