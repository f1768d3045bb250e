import type { ServerSelector } from '../control/service.js';
import { answer, withDaemon } from './ask.js';
import type { Context } from './io.js';
import { renderRows } from './rows-view.js';

/** `weight ADDRESS N`: another weight than the configured one. @param weight null takes that back. */
export const weight = (context: Context, selector: ServerSelector, weight: number | null): Promise<number> =>
  withDaemon(context, async (client) => {
    const outcome = await client.request('weight', { ...selector, weight });
    const done =
      weight === null
        ? 'The configured weight holds again.'
        : `Weight ${weight}; directorctl weight ${selector.address} default takes that back.`;
    return answer(context, outcome, (v) => renderRows(done, v.servers, context.style));
  });

/** `disable ADDRESS`: out of the table at once. */
export const disable = (context: Context, selector: ServerSelector): Promise<number> =>
  withDaemon(context, async (client) => {
    const done = `Disabled: out of the table; directorctl enable ${selector.address} puts it back.`;
    return answer(context, await client.request('disable', selector), (v) =>
      renderRows(done, v.servers, context.style),
    );
  });

/** `enable ADDRESS`: takes that back. */
export const enable = (context: Context, selector: ServerSelector): Promise<number> =>
  withDaemon(context, async (client) =>
    answer(context, await client.request('enable', selector), (v) =>
      renderRows('No longer disabled.', v.servers, context.style),
    ),
  );
