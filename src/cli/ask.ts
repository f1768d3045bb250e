import { type ControlClient, ControlError, connectControl } from '../control/client.js';
import type { Outcome, Refused } from '../control/service.js';
import { type Context, exit } from './io.js';
import { toJson } from './text.js';

/**
 * Connects, runs `ask`, hangs up; turns what went wrong into one line on stderr and an exit code.
 * @param whenLost added to the line when the daemon went away after it had taken the request.
 */
export async function withDaemon(
  context: Context,
  ask: (client: ControlClient) => Promise<number>,
  whenLost: () => string = () => '',
): Promise<number> {
  try {
    const connected = await connectControl(context.socket);
    if (!connected.ok) return refused(context, connected);
    try {
      return await ask(connected.value);
    } finally {
      connected.value.close();
    }
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    const more = error.kind === 'lost' || error.kind === 'timeout' ? whenLost() : '';
    context.fail(error.message + more);
    return exit.unreachable;
  }
}

/** Says why, and how that ends: what directord calls wrong usage is wrong usage. */
export function refused(context: Context, why: Refused): number {
  context.fail(why.message);
  return why.code === 'usage' ? exit.usage : exit.refused;
}

/** Prints the answer, as JSON or by `render`. */
export function answer<T>(context: Context, outcome: Outcome<T>, render: (value: T) => string): number {
  if (!outcome.ok) return refused(context, outcome);
  const { io, json } = context;
  io.stdout.write(json ? `${toJson(outcome.value, io.terminal)}\n` : render(outcome.value));
  return exit.done;
}
