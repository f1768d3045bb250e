import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../kernel/native.js';

/** Locked by the directord whose state lies beside it. */
const LOCK = 'lock';

const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;

export interface StateLock {
  /** Lets others have it; the end of the process does so too. */
  release(): void;
}

/**
 * Takes the state directory for this process: of two that share one, the second would take what the first put into the
 * kernel for left behind by a killed run, and remove it.
 * @returns null where another process has it. Where it cannot be written to there is nothing to take; the director says so.
 */
export function lockState(place: string): StateLock | null {
  let fd: number | null = null;
  let mine = true;
  try {
    fd = openSync(join(place, LOCK), O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    mine = native.lock(fd);
  } catch {
    // As if it were not there.
  }
  const release = (): void => {
    if (fd !== null) closeSync(fd);
  };
  if (mine) return { release };
  release();
  return null;
}

/** Says on stderr that another process has it. */
export function sayLocked(place: string): void {
  const remedy = 'stop that one first, or give this one a state_dir and a control.socket of its own';
  process.stderr.write(`directord: another directord keeps its state in ${place}: ${remedy}\n`);
}
