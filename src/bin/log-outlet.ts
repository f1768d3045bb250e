import { constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { native as addon, type Native } from '../kernel/native.js';
import type { Outlet } from './log-sink.js';

const writeAside = promisify(write);

/**
 * An outlet for an open descriptor that never makes the process wait for who is at its other end.
 *
 * A write that waits on a thread is not enough: a process whose thread waits for a full pipe cannot end. So a socket is
 * sent to without waiting, and a pipe or terminal is opened a second time, without waiting: O_NONBLOCK belongs to that
 * opening, and those who share the descriptor do not see it. A file has no reader to wait for, but a disk: it is
 * written to on a thread.
 */
export function outletFor(fd: number, native: Native = addon): Outlet {
  const stat = fstatSync(fd);
  if (stat.isSocket()) return direct((bytes) => native.send(fd, bytes, null));
  if (stat.isFIFO() || stat.isCharacterDevice()) {
    const own = openAgain(fd);
    if (own !== null) return direct((bytes) => writeSync(own, bytes));
  }
  return {
    put: async (bytes) => (await writeAside(fd, bytes)).bytesWritten,
    last: (bytes) => writeSync(fd, bytes),
  };
}

function direct(put: (bytes: Uint8Array) => number): Outlet {
  const now = (bytes: Uint8Array): number => {
    try {
      return put(bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw error;
    }
  };
  return { put: now, last: now };
}

/** @returns null where it may not be opened again: a pipe that another user made, for example. */
function openAgain(fd: number): number | null {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return null;
  }
}
