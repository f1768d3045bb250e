import type { DirectorEvent } from '../core/status.js';
import { refused, withDaemon } from './ask.js';
import { type Context, exit, type Stop } from './io.js';
import { renderEvent } from './rows-view.js';
import { toJson } from './text.js';

/** `events`: the latest `recent` ones, then, unless told otherwise, each one as it happens, until ^C. */
export async function events(context: Context, recent: number, follow: boolean): Promise<number> {
  const { io, json, style } = context;
  let stopped: Stop | null = null;
  const print = (event: DirectorEvent): void => {
    io.stdout.write(json ? `${toJson(event, false)}\n` : `${renderEvent(event, style)}\n`);
  };
  const code = await withDaemon({ ...context, fail: (m) => stopped === null && context.fail(m) }, async (client) => {
    const end = io.onStop((why) => {
      stopped = why;
      client.close();
    });
    try {
      const limit = follow ? { timeoutMs: null } : {};
      const outcome = await client.request('events', { recent, follow }, { onItem: print, ...limit });
      return outcome.ok ? exit.done : refused(context, outcome);
    } finally {
      end();
    }
  });
  if (stopped === null) return code;
  return stopped === 'interrupt' ? exit.interrupted : exit.done;
}
