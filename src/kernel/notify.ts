import type { Failure } from '../values/failure.js';
import { type Duration, micros } from '../values/time.js';
import { failureOf } from './failure.js';
import { native as addon, type Native } from './native.js';

/** What the service manager is told (sd_notify(3)). Each gives null, also when nobody asked to be told. */
export interface Notify {
  ready(): Failure | null;
  /** Still alive; due within {@link watchdogInterval}. */
  watchdog(): Failure | null;
  stopping(): Failure | null;
  /** While it stops: it needs so long from now, longer than its unit says (EXTEND_TIMEOUT_USEC). */
  extend(time: Duration): Failure | null;
  /** One line for `systemctl status`. */
  status(text: string): Failure | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Tells the service manager behind $NOTIFY_SOCKET; without that, nobody. */
export function systemdNotify(environment: Environment = process.env, native: Native = addon): Notify {
  const path = environment.NOTIFY_SOCKET ?? '';
  const tell = (text: string): Failure | null => {
    if (path === '') return null;
    try {
      native.datagram(path, new TextEncoder().encode(text));
      return null;
    } catch (error) {
      return failureOf('notify', `${text} to NOTIFY_SOCKET ${path}`, error);
    }
  };
  return {
    ready: () => tell('READY=1'),
    watchdog: () => tell('WATCHDOG=1'),
    stopping: () => tell('STOPPING=1'),
    extend: (time) => tell(`EXTEND_TIMEOUT_USEC=${time}`),
    // One assignment a line: a line break would begin another one.
    status: (text) => tell(`STATUS=${text.replace(/[\r\n]+/g, ' ')}`),
  };
}

/**
 * Within which time the service manager wants to hear {@link Notify.watchdog} (sd_watchdog_enabled(3)); half of it is a
 * good pace. @returns null when it does not watch, or watches another process.
 */
export function watchdogInterval(environment: Environment = process.env, pid: number = process.pid): Duration | null {
  const text = environment.WATCHDOG_USEC ?? '';
  const watched = environment.WATCHDOG_PID;
  if (!/^[1-9]\d{0,15}$/.test(text) || (watched !== undefined && watched !== String(pid))) return null;
  const interval = Number(text);
  return Number.isSafeInteger(interval) ? micros(interval) : null;
}
