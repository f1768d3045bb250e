import { type Logger, pino } from 'pino';

/** A line that the reader does not take in time is dropped beyond this many bytes: the router never waits for a pipe. */
const BACKLOG_BYTES = 1_048_576;

/**
 * The log of one process: JSON lines on stdout, readable when that is a terminal. Written without waiting.
 * @param name `router` or `director`. @param level pino's level.
 */
export async function openLog(name: string, level: string): Promise<Logger> {
  const options = { name, level, base: { pid: process.pid, name }, timestamp: pino.stdTimeFunctions.isoTime };
  if (process.stdout.isTTY) {
    const { default: pretty } = await import('pino-pretty');
    return pino(
      options,
      pretty({ colorize: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', singleLine: true }),
    );
  }
  return pino(options, pino.destination({ dest: 1, sync: false, maxLength: BACKLOG_BYTES }));
}
