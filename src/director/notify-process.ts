import { readFileSync } from 'node:fs';
import type { LeftProcess } from '../ports/channel.js';

/** When a process was started, in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). null: there is none. */
export function bornOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may have spaces and parentheses itself; 22 is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** SIGKILL to the process group of a process, where it is still the same one. @returns whether it was. */
export async function endLeft({ pid, born }: LeftProcess): Promise<boolean> {
  if (bornOf(pid) !== born) return false;
  try {
    process.kill(-pid, 'SIGKILL');
    return true;
  } catch {
    // ESRCH: it ended meanwhile. EPERM: it is another user's, and we may not; it is bounded by nobody then.
    return false;
  }
}
