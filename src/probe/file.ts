import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { downBy, SILENT } from '../core/ipvs/advice.js';
import { fileVerdict } from '../core/track/number.js';
import { parseAgentLine } from './agent-line.js';
import { bound, microsSince } from './bound.js';
import type { Base } from './host.js';
import { type Cancel, type Done, fail, type Verdict } from './result.js';

/**
 * Proves what a file of this machine says: a number, as keepalived's FILE_CHECK (times `weight`, added to the weight of
 * the server), or the words of an agent's line.
 */
export interface FileProbe extends Base, FileSettings {
  readonly kind: 'file';
}

/** The keys of `check: { type: file }` that matter here. */
export interface FileSettings {
  readonly path: string;
  readonly weight: number;
  readonly reverse: boolean;
  readonly missing: 'up' | 'down';
}

export const prepareFile = ({ path, weight, reverse, missing }: FileSettings, base: Base): FileProbe => ({
  kind: 'file',
  ...base,
  path,
  weight,
  reverse,
  missing,
});

/** The most that is read of a file, in bytes. */
const LIMIT = 1_024;
/** Whoever writes a file empties it first: an empty one is read again after so long. */
const AGAIN_MS = 20;
/** keepalived's bound of a weight: at it, or below, the server is down. */
const FAULT = -65_535;

export function startFile(probe: FileProbe, done: Done): Cancel {
  const started = performance.now();
  let over = false;
  let again: NodeJS.Timeout | null = null;
  const end = (): void => {
    over = true;
    release();
    if (again !== null) clearTimeout(again);
  };
  const finish = (verdict: Verdict): void => {
    if (over) return;
    end();
    const reason = verdict.ok ? null : verdict.reason;
    const result = { ok: verdict.ok, reason, micros: microsSince(started), ours: !verdict.ok && verdict.ours === true };
    done(verdict.found === undefined ? result : { ...result, found: verdict.found });
  };
  let last: Verdict = fail(`timed out reading ${probe.path}`);
  const release = bound(probe.timeout, () => finish(last));
  const look = async (): Promise<void> => {
    const text = await read(probe.path);
    if (over) return;
    if (typeof text !== 'string') return finish(text === null ? absent(probe) : text);
    if (text.trim() !== '') return finish(judgeText(probe, text));
    last = fail(`${probe.path} is empty`);
    again = setTimeout(() => void look(), AGAIN_MS);
  };
  void look();
  return () => {
    if (!over) end();
  };
}

const absent = ({ path, missing }: FileProbe): Verdict =>
  missing === 'up' ? { ok: true, found: { advice: UNCHANGED } } : fail(`${path} is not there`);

/** The configured weight, said: a weight that a file gave before must not outlive that file. */
const UNCHANGED = { ...SILENT, mode: 'ready', weight: { kind: 'added', by: 0 } } as const;

/** What a file's first line means. */
export function judgeText({ path, weight, reverse }: Omit<FileSettings, 'missing'>, text: string): Verdict {
  if (text.length > LIMIT) return fail(`${path} has more than ${LIMIT} bytes`);
  const [line = ''] = text.trim().split(/[\r\n]/, 1);
  if (/^[+-]?\d/.test(line) && !line.includes('%')) {
    const { value, reason } = fileVerdict({ kind: 'text', text: line });
    return reason === null && value !== undefined ? judgeNumber(value, weight, reverse) : fail(`${path}: ${reason}`);
  }
  const said = parseAgentLine(line);
  if (!said.ok) return fail(`${path} has ${said.why}`);
  if (said.strange !== null) return fail(`${path} has a word that says nothing: ${said.strange}`);
  const why = downBy(said.advice);
  // A file says all that it has to say each time, unlike an agent.
  const { mode, weight: advised } = said.advice;
  const advice = { works: null, mode: mode ?? 'ready', weight: advised ?? UNCHANGED.weight } as const;
  return why === null ? { ok: true, found: { advice } } : fail(why);
}

function judgeNumber(value: number, weight: number, reverse: boolean): Verdict {
  if (weight === 0) {
    const up = (value === 0) !== reverse;
    return up ? { ok: true, found: { advice: UNCHANGED } } : fail(`the number is ${value}`);
  }
  const by = value * weight * (reverse ? -1 : 1);
  if (by <= FAULT) return fail(`the number ${value} takes all of the weight`);
  return { ok: true, found: { advice: { ...UNCHANGED, weight: { kind: 'added', by: Math.min(-FAULT, by) + 0 } } } };
}

/** The beginning of a file; null where it is not there. A pipe or a device is never waited for. */
async function read(path: string): Promise<string | Verdict | null> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!(await file.stat()).isFile()) return { ok: false, reason: `${path} is no regular file`, ours: true };
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LIMIT + 1), 0, LIMIT + 1, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return { ok: false, reason: `${path} cannot be read: ${code}`, ours: true };
  } finally {
    await file?.close().catch(() => {});
  }
}
