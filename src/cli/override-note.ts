import type { ServerStatus } from '../core/status.js';
import { formatSince } from './text.js';

/** What an administrator decided for a server, how long ago and who, and what takes it back; empty for nothing. */
export function overrideNote(server: ServerStatus, now: number): string {
  const { admin, adminSince, adminBy, weightOverride } = server;
  const told = (since: string, by: string | null | undefined): string =>
    `${formatSince(since, now)} ago${by == null ? '' : ` by ${by}`}`;
  const notes: string[] = [];
  if (admin !== 'ready' && adminSince != null) {
    const [word, back] = admin === 'drain' ? ['drained', 'undrain'] : ['disabled', 'enable'];
    notes.push(`${word} ${told(adminSince, adminBy)} (back: ${back})`);
  }
  if (weightOverride != null) {
    const { value, since, by } = weightOverride;
    notes.push(`weight ${value} instead of ${server.weight}, set ${told(since, by)} (back: weight ADDRESS default)`);
  }
  return notes.join('; ');
}
