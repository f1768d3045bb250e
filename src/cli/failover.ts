import { FAILOVER_MS } from '../control/protocol.js';
import type { YieldReport } from '../control/service.js';
import type { YieldedInstance } from '../core/status.js';
import { answer, withDaemon } from './ask.js';
import type { Context } from './io.js';
import { printable } from './text.js';

const unknown = (name: string) => (): string => `; whether ${name} was given away: see directorctl status`;

/** `failover INSTANCE`: gives mastership away, and says to whom. */
export const failover = (context: Context, instance: string): Promise<number> =>
  withDaemon(
    context,
    async (client) => {
      // A master waits until another router has spoken: with long intervals that is long.
      const outcome = await client.request('failover', { instance }, { timeoutMs: FAILOVER_MS });
      return answer(context, outcome, (report) => lines(report, gave, instance));
    },
    unknown(instance),
  );

/** `resume INSTANCE`: takes that back. */
export const resume = (context: Context, instance: string): Promise<number> =>
  withDaemon(context, async (client) =>
    answer(context, await client.request('resume', { instance }), (report) => lines(report, resumed, instance)),
  );

function lines({ instances }: YieldReport, say: (each: YieldedInstance) => string, asked: string): string {
  if (instances.length === 0)
    return printable(`${asked}: forgotten; it is not in the configuration any more`).concat('\n');
  const own = instances.filter((each) => each.name === asked).map(say);
  const others = instances.filter((each) => each.name !== asked).map((each) => `${say(each)} (its sync group)`);
  return [...own, ...others].map((line) => `${printable(line)}\n`).join('');
}

const now = ({ master }: YieldedInstance): string => (master === null ? 'nobody is master' : `${master} is master`);

function gave(each: YieldedInstance): string {
  const { name, state, seconds } = each;
  if (seconds !== null) return `${name}: let go, ${now(each)} after ${seconds.toFixed(1)} s`;
  return `${name}: was not master; stays ${state} until resumed, ${now(each)}`;
}

const resumed = (each: YieldedInstance): string => `${each.name}: takes part again as ${each.state}, ${now(each)}`;
