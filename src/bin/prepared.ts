import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HeldSince } from '../director/holds.js';
import type { RouterPart } from '../router/from-config.js';

/** What the router needs for its start. */
export interface Prepared {
  readonly part: RouterPart;
  /** All of the configuration, packed. */
  readonly blob: Uint8Array;
  /** The state directory. */
  readonly place: string;
  /** The instances that `directorctl failover` holds. */
  readonly held: HeldSince;
}

/**
 * Has the file read and validated, and what a killed run left behind removed, by a process of its own.
 * @returns what the router needs, or the status to exit with; then it was said on stderr why.
 */
export function prepared(file: string): Promise<Prepared | number> {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, ...env } = process.env;
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL('./prepare.js', import.meta.url)), [file], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env,
      serialization: 'advanced',
      execArgv: [],
    });
    child.once('message', (message) => resolve(message as Prepared));
    const fail = (why: string): void => {
      process.stderr.write(`directord: the file cannot be read: ${why}\n`);
      resolve(1);
    };
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => {
      if (signal !== null) fail(`the reading process was ended by ${signal}`);
      // With 0 the message has been sent, and may come after this.
      else if (code !== 0) resolve(code ?? 1);
    });
  });
}
