import { readFileSync } from 'node:fs';

const CHILDREN_DEEP = 4;
/** Of /proc/PID/stat (USER_HZ). */
const TICK_MICROS = 10_000;

/** Proportional set size, kB: shared pages are divided among those that share them. */
export function pss(pid: number): number {
  const found = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  if (found === null) throw new Error(`no Pss of process ${pid}`);
  return Number(found[1]);
}

/** The process and all that it has started. */
export function family(pid: number, deep = CHILDREN_DEEP): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return deep === 0 ? [pid] : [pid, ...children.flatMap((child) => family(child, deep - 1))];
}

/** Processor time of all threads of some processes so far, in µs (USER_HZ is 100). */
export const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + ticks(pid), 0);

function ticks(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROS;
}
