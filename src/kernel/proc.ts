import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ProcessFacts } from '../core/track/process.js';

/** All process ids that /proc has. */
export const processIds = (proc = '/proc'): number[] =>
  readdirSync(proc)
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number);

/**
 * What /proc tells of a process (proc(5)); these files are made as they are read, and never wait.
 * @param more also the program and the first argument.
 * @returns null when it does not live, or is hidden from us.
 */
export function processFacts(pid: number, more: boolean, proc = '/proc'): ProcessFacts | null {
  const way = `${proc}/${pid}`;
  const stat = statOf(`${way}/stat`);
  if (stat === null) return null;
  // A process whose first thread has ended lives on while another has not.
  if (isDead(stat.state) && !hasLivingThread(way)) return null;
  if (!more) return { comm: stat.comm, exe: null, argv0: null };
  const argv0 = attempt(() => readFileSync(`${way}/cmdline`, 'utf8'))?.split('\0', 1)[0] ?? '';
  return { comm: stat.comm, exe: attempt(() => readlinkSync(`${way}/exe`)), argv0: argv0 === '' ? null : argv0 };
}

/** Zombie, or on its way out of the table. */
const isDead = (state: string): boolean => state === 'Z' || state === 'X' || state === 'x';

function hasLivingThread(way: string): boolean {
  const threads = attempt(() => readdirSync(`${way}/task`)) ?? [];
  return threads.some((thread) => {
    const stat = statOf(`${way}/task/${thread}/stat`);
    return stat !== null && !isDead(stat.state);
  });
}

/** The name may hold spaces and brackets: it ends with the last one. */
function statOf(path: string): { readonly comm: string; readonly state: string } | null {
  const text = attempt(() => readFileSync(path, 'utf8'));
  if (text === null) return null;
  const [open, close] = [text.indexOf('('), text.lastIndexOf(')')];
  return open < 0 || close < open ? null : { comm: text.slice(open + 1, close), state: text.charAt(close + 2) };
}

/** It may end at any time (ENOENT, ESRCH), and not all of it may be ours to read (EACCES). */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
