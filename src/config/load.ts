import { hostname as thisHost } from 'node:os';
import type { z } from 'zod';
import { crossCheck } from './cross.js';
import { findings } from './issues.js';
import { type Finding, inOrder, type Locate, type Problem } from './problem.js';
import { readText, type Unreadable } from './read-file.js';
import { salvage } from './salvage.js';
import { type Config, configSchema, type RawConfig } from './schema.js';
import { readYaml } from './text.js';
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

/** Reads a configuration file of at most 1 MiB. */
export async function loadConfig(path: string, hostname = thisHost()): Promise<LoadResult> {
  const found = readText(path);
  return 'text' in found ? parseConfig(found.text, path, hostname) : unreadable(path, found);
}

/** A file that cannot be read is a problem like any other. */
export const unreadable = (file: string, { why }: Unreadable): NotLoaded => ({
  ok: false,
  problems: [{ file, line: 0, column: 0, path: '', message: why }],
});

export type { Problem } from './problem.js';
export { formatProblem } from './problem.js';
