import { answer, withDaemon } from './ask.js';
import type { Context } from './io.js';
import { renderStatus } from './status-view.js';

/** `status`: asks once and prints. */
export const status = (context: Context): Promise<number> =>
  withDaemon(context, async (client) =>
    answer(context, await client.request('status', {}), (report) =>
      renderStatus(report, context.style, context.io.now()),
    ),
  );
