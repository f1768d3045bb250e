/**
 * How long a test waits, ms, for what a machine with nothing else to do has done within `usualMs`: three times that, for a
 * machine that has. A test that promises a time measures it, or waits with `promptly`.
 */
export const patience = (usualMs: number): number => Math.max(usualMs, Math.min(3 * usualMs, 50_000));
