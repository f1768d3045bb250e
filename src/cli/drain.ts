import type { ServerRows } from '../control/protocol.js';
import type { ServerSelector } from '../control/service.js';
import { answer, refused, withDaemon } from './ask.js';
import { type Context, exit, type Stop } from './io.js';
import { renderCounts, renderRows } from './rows-view.js';
import { formatAge, printable, shorten, toJson } from './text.js';

/** What becomes of a server when the wait for it ends. */
export interface WaitEnd {
  /** Disable it when nothing is left. */
  readonly disable: boolean;
  /** When time is up, too. */
  readonly force: boolean;
}

const DRAINED = 'Drained: no new connections, existing ones finish.';

/** `drain ADDRESS`: no new connections from now on. */
export const drain = (context: Context, selector: ServerSelector): Promise<number> =>
  withDaemon(context, async (client) =>
    answer(context, await client.request('drain', selector), (v) => renderRows(DRAINED, v.servers, context.style)),
  );

/** `undrain ADDRESS`: takes that back. */
export const undrain = (context: Context, selector: ServerSelector): Promise<number> =>
  withDaemon(context, async (client) => {
    const outcome = await client.request('undrain', selector);
    return answer(context, outcome, (v) => renderRows('No longer drained.', v.servers, context.style));
  });

/**
 * `drain ADDRESS --wait`: follows the counts down to 0. Whatever ends the wait early, the drain itself stays: it is
 * stored before the first counts come.
 */
export async function drainAndWait(
  context: Context,
  selector: ServerSelector,
  timeoutMs: number,
  end: WaitEnd,
): Promise<number> {
  const { io } = context;
  let stopped: Stop | null = null;
  const show = follower(context);
  const outlook = (): string =>
    show.started()
      ? `${selector.address} stays drained (directorctl undrain takes it back)`
      : 'before directord answered: see directorctl status';
  const code = await withDaemon(
    { ...context, fail: (message) => stopped === null && show.fail(message) },
    async (client) => {
      const ended = io.onStop((why) => {
        stopped = why;
        client.close();
      });
      try {
        const args = { ...selector, wait: true, timeoutMs, ...end };
        // The daemon keeps the time; beyond it and a margin it is hung.
        const outcome = await client.request('drain', args, { onItem: show.rows, timeoutMs: timeoutMs + 10_000 });
        show.pause();
        if (!outcome.ok) return refused({ ...context, fail: show.fail }, outcome);
        show.finished(outcome.value, end.disable);
        return exit.done;
      } finally {
        ended();
        show.pause();
      }
    },
    () => `; ${outlook()}`,
  );
  if (stopped === null) return code;
  context.fail(stopped === 'interrupt' ? `interrupted: ${outlook()}` : `nobody reads the output: ${outlook()}`);
  return stopped === 'interrupt' ? exit.interrupted : exit.refused;
}

/** Shows a wait: one line that is kept up to date on a terminal, one a change in a pipe, one object a change as JSON. */
function follower(context: Context) {
  const { io, json, style } = context;
  const start = io.now();
  const live = io.terminal && !json;
  let latest: ServerRows | null = null;
  let timer: NodeJS.Timeout | undefined;
  const counts = (rows: ServerRows): string => renderCounts(rows.servers, io.now() - start);
  const redraw = (): void => {
    if (latest !== null) io.stdout.write(`\r${shorten(counts(latest), style.width - 1)}\u001b[K`);
  };
  /** Leaves the live line, so that what comes next has its own. */
  const pause = (): void => {
    if (timer !== undefined) io.stdout.write('\n');
    clearInterval(timer);
    timer = undefined;
  };
  return {
    started: () => latest !== null,
    rows(rows: ServerRows): void {
      const first = latest === null;
      latest = rows;
      if (json) {
        io.stdout.write(`${toJson({ ...rows, done: false }, false)}\n`);
        return;
      }
      if (first) io.stdout.write(`${renderRows(DRAINED, rows.servers, style)}`);
      if (!live) {
        io.stdout.write(`${counts(rows)}\n`);
        return;
      }
      redraw();
      timer ??= setInterval(redraw, 1000);
    },
    pause,
    fail(message: string): void {
      pause();
      context.fail(message);
    },
    finished(rows: ServerRows, disabled: boolean): void {
      if (json) {
        io.stdout.write(`${toJson({ ...rows, done: true }, false)}\n`);
        return;
      }
      const after = formatAge(io.now() - start);
      const then = disabled ? '; disabled, directorctl enable takes that back' : '';
      const text = rows.note ?? `nothing is left after ${after}${then}`;
      io.stdout.write(`Done: ${printable(text)}.\n`);
    },
  };
}
