import { PROTOCOL } from './protocol.js';
import type { Outcome, Refused } from './service.js';

/** What a client makes of a line of the server. */
export type Parsed =
  | { readonly kind: 'hello'; readonly version: string; readonly protocol: number }
  | { readonly kind: 'item'; readonly id: number; readonly item: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly outcome: Outcome<unknown> }
  /** The server ends the connection. */
  | { readonly kind: 'goodbye'; readonly refused: Refused }
  | { readonly kind: 'garbage' };

const garbage: Parsed = { kind: 'garbage' };

/** Reads one line of a server, which may be any program. Never throws. */
export function parseAnswer(line: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return garbage;
  }
  if (typeof value !== 'object' || value === null) return garbage;
  const fields = value as Partial<Record<string, unknown>>;
  if (fields.hello === 'directord' && typeof fields.version === 'string' && typeof fields.protocol === 'number') {
    return { kind: 'hello', version: fields.version, protocol: fields.protocol };
  }
  const outcome = outcomeOf(fields);
  if (fields.id === null && outcome !== null && !outcome.ok) return { kind: 'goodbye', refused: outcome };
  if (typeof fields.id !== 'number') return garbage;
  if (outcome !== null) return { kind: 'answer', id: fields.id, outcome };
  return 'item' in fields ? { kind: 'item', id: fields.id, item: fields.item } : garbage;
}

function outcomeOf(fields: Partial<Record<string, unknown>>): Outcome<unknown> | null {
  if (fields.ok === true && 'value' in fields) return { ok: true, value: fields.value };
  if (fields.ok !== false || typeof fields.error !== 'object' || fields.error === null) return null;
  const { code, message } = fields.error as { code?: unknown; message?: unknown };
  return typeof code === 'string' && typeof message === 'string' ? { ok: false, code, message } : null;
}

/** @returns why this client cannot talk to that server; null when it can. */
export const versionProblem = (hello: { readonly version: string; readonly protocol: number }): string | null =>
  hello.protocol === PROTOCOL
    ? null
    : `directord ${hello.version} speaks protocol ${hello.protocol}, this directorctl ${PROTOCOL}: use the directorctl of the same version`;
