import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import { millis, toMillis } from '../values/time.js';
import { outletFor } from './log-outlet.js';
import { LineSink } from './log-sink.js';

const STDOUT = 1;
/** A line that the reader does not take in time is lost beyond this many bytes. */
const BACKLOG_BYTES = 1_048_576;
const AGAIN = millis(50);

/**
 * The log of one process: JSON lines on stdout, readable when that is a terminal. The process never waits for whoever
 * reads it, not even to end, and an error of its (no space, nobody there) is no error of ours.
 * @param name `router` or `director`. @param level pino's level.
 */
export async function openLog(name: string, level: string): Promise<Logger> {
  const options = { name, level, base: { pid: process.pid, name }, timestamp: pino.stdTimeFunctions.isoTime };
  const format = isatty(STDOUT) ? await readable() : (line: string): string => line;
  const sink = new LineSink(outletFor(STDOUT), {
    backlog: BACKLOG_BYTES,
    again: AGAIN,
    later: (wait, call) => void setTimeout(call, toMillis(wait)).unref(),
    lost: (lines) =>
      format(
        `${JSON.stringify({ level: 40, time: new Date().toISOString(), ...options.base, lost: lines, msg: `${lines} log lines are lost: nobody took them in time` })}\n`,
      ),
  });
  process.on('exit', () => sink.end());
  return pino(options, { write: (line: string) => sink.write(format(line)) });
}

async function readable(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize: true,
    ignore: 'pid,hostname',
    translateTime: 'HH:MM:ss.l',
    singleLine: true,
  });
  return (line) => format(line) ?? '';
}
