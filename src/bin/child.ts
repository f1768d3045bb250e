import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { routerChannel } from '../kernel/channel.js';
import type { Child } from '../router/supervisor.js';

/**
 * The C library's memory (mallopt(3)): what a reload of thousands of services frees goes back to the system. By default
 * the bounds grow with what was once asked for, and each thread that was ever busy keeps an arena of its own.
 */
const THRIFTY = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '131072',
};

/**
 * Bytes, of some hundred services. V8 looks at its garbage once more when it has had 8 s of peace: of less than this it
 * finds nothing worth the 200 ms that it takes from a processor beside the adverts.
 */
const LARGE_BLOB = 32 * 1024;

/** For V8. */
function flags(blob: Uint8Array): string[] {
  return [
    // What checks leave behind lives for milliseconds: a small nursery costs nothing, and the usual one 30 MB.
    '--max-semi-space-size=2',
    // What has not run for a while stays compiled: a reload, or the loss of a server, may come after months.
    '--no-flush-bytecode',
    ...(blob.length < LARGE_BLOB ? ['--no-memory-reducer'] : []),
  ];
}

/** Starts the director process and hands it the packed configuration. It inherits stdout, stderr and the channel only. */
export function startDirector(blob: Uint8Array): Child {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, ...env } = process.env;
  const child = fork(fileURLToPath(new URL('./director.js', import.meta.url)), [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...env, ...THRIFTY },
    // Structured clone instead of JSON: the configuration arrives as it is.
    serialization: 'advanced',
    execArgv: flags(blob),
  });
  const channel = routerChannel(child);
  channel.send({ kind: 'config', blob });
  return {
    pid: child.pid ?? 0,
    channel,
    kill: () => child.kill('SIGKILL'),
    onExit: (exited) => {
      child.once('error', (error) => exited(error.message));
      child.once('exit', (code, signal) => exited(signal === null ? `exit status ${code}` : `signal ${signal}`));
    },
  };
}
