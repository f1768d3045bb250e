import { isAscii } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { hostname as thisHost } from 'node:os';
import type { z } from 'zod';
import { crossCheck } from './cross.js';
import { findings } from './issues.js';
import { type Finding, inOrder, type Locate, type Problem } from './problem.js';
import { salvage } from './salvage.js';
import { type Config, configSchema, type RawConfig } from './schema.js';
import { MAX_BYTES, readYaml } from './text.js';
import { declaredTracks } from './track-cross.js';
import { warnings } from './warnings.js';

/** A file that is right. `locate` gives later findings (of the host's check) their place in it. */
export interface Loaded {
  readonly ok: true;
  readonly config: Config;
  /** The file itself. */
  readonly text: string;
  readonly warnings: readonly Problem[];
  readonly locate: Locate;
}

/** A file that is not: all that is wrong with it, in its order. */
export interface NotLoaded {
  readonly ok: false;
  readonly problems: readonly Problem[];
}

export type LoadResult = Loaded | NotLoaded;

/**
 * Reads a configuration from its text; pure.
 * @param file its name, for the messages only.
 * @param hostname the `router_id` of a file that has none.
 */
export function parseConfig(text: string, file: string, hostname = 'localhost'): LoadResult {
  const source = readYaml(text, file);
  if (!('data' in source)) return { ok: false, problems: inOrder(source) };
  const { data, locate } = source;
  const shape = configSchema.safeParse(data);
  const found: Finding[] = shape.success ? [] : bounded(shape.error.issues);
  found.push(...nothingToDo(data), ...across(data, shape.success ? shape.data : null, found));
  if (found.length > 0 || !shape.success) return { ok: false, problems: inOrder(found.map(locate)) };
  const { router_id = hostname, ...config } = shape.data;
  return {
    ok: true,
    config: { ...config, router_id },
    text,
    warnings: inOrder(warnings(shape.data).map(locate)),
    locate,
  };
}

/** With more findings than this there is no sound rest worth a look. */
const WRONG_AS_A_WHOLE = 1_000;

/** The findings of the shape, so many of them as anybody reads. */
function bounded(issues: readonly z.core.$ZodIssue[]): Finding[] {
  const rest = issues.length - WRONG_AS_A_WHOLE;
  const listed = findings(issues.slice(0, WRONG_AS_A_WHOLE));
  return rest <= 0 ? listed : [...listed, { path: [], message: `${rest} more problems are not listed` }];
}

/** The checks between parts, over the whole file or, where some of it is wrong already, over the rest. */
function across(data: unknown, whole: RawConfig | null, found: readonly Finding[]): Finding[] {
  const declared = declaredTracks(data);
  const named = declaredInstances(data);
  if (whole !== null) return crossCheck(whole, declared, named, (path) => path);
  if (found.length > WRONG_AS_A_WHOLE) return [];
  const rest = salvage(data, found);
  const sound = configSchema.safeParse(rest.data);
  if (!sound.success) return [];
  return crossCheck(sound.data, declared, named, rest.original);
}

/** The names of all instances, also of those with errors: a reference to one of these is not another error. */
export function declaredInstances(data: unknown): string[] {
  const { instances } = (data as { vrrp?: { instances?: unknown } | null } | null)?.vrrp ?? {};
  const names = Array.isArray(instances) ? instances.map((i: { name?: unknown } | null) => i?.name) : [];
  return names.filter((name) => typeof name === 'string');
}

function nothingToDo(data: unknown): Finding[] {
  if (typeof data !== 'object' || data === null || Array.isArray(data) || 'vrrp' in data || 'ipvs' in data) return [];
  return [{ path: [], message: 'there is neither vrrp nor ipvs, so nothing to do; allowed: one of them or both' }];
}

/** Reads a configuration file of at most 1 MiB. A file that cannot be read is a problem like any other. */
export async function loadConfig(path: string, hostname = thisHost()): Promise<LoadResult> {
  const found = readText(path);
  if ('text' in found) return parseConfig(found.text, path, hostname);
  return { ok: false, problems: [{ file: path, line: 1, column: 1, path: '', message: found.why }] };
}

/** A file's text, beside what it was made of; or why it cannot be read as such. */
export type FoundText = { readonly text: string; readonly bytes: Uint8Array } | { readonly why: string };

/** Reads a file without leaving the thread: where nothing else is to be done, four calls are quicker than four turns. */
export function readText(path: string): FoundText {
  let file: number | null = null;
  try {
    // Without O_NONBLOCK a named pipe would hold the open for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile()) return { why: 'this is no regular file; allowed: a YAML file' };
    const bytes = readAll(file, stat.size);
    if (bytes.length > MAX_BYTES) return { why: `the file is larger than 1 MiB; allowed: at most ${MAX_BYTES} bytes` };
    // A decoder makes a text of twice as many bytes, and takes ten times as long.
    const text = isAscii(bytes) ? bytes.toString('latin1') : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { text, bytes };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    return {
      why:
        code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
          ? 'this is no text in UTF-8; allowed: a YAML file'
          : `cannot be read: ${code}`,
    };
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** @param size of the file, as it is said to be. @returns more than is allowed of a file that has more. */
function readAll(file: number, size: number): Buffer {
  // A byte more shows whether that was all of it.
  let buffer = Buffer.allocUnsafeSlow(Math.min(size, MAX_BYTES) + 1);
  let length = 0;
  for (;;) {
    if (length === buffer.length) {
      if (length > MAX_BYTES) return buffer;
      buffer = Buffer.concat([buffer], MAX_BYTES + 1);
    }
    const bytesRead = readSync(file, buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
}

export type { Problem } from './problem.js';
export { formatProblem } from './problem.js';
