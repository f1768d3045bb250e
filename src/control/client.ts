import { unreachable } from '../values/unreachable.js';
import { type Parsed, parseAnswer, versionProblem } from './answers.js';
import { lineReader } from './lines.js';
import { encodeLine, type Verb, type Verbs } from './protocol.js';
import { ControlError, reach } from './reach.js';
import type { Outcome } from './service.js';

export { ControlError } from './reach.js';

export interface ControlClient {
  /** The daemon's version. */
  readonly version: string;
  /**
   * Asks, and waits for the closing answer.
   * @param onItem gets each item that comes before it.
   * @param timeoutMs how long the closing answer may take; null waits for ever. 10 s when left out.
   * @throws ControlError when the daemon goes away, talks garbage, or does not answer in time.
   */
  request<V extends Verb>(
    verb: V,
    args: Verbs[V]['args'],
    options?: { readonly onItem?: (item: Verbs[V]['item']) => void; readonly timeoutMs?: number | null },
  ): Promise<Outcome<Verbs[V]['value']>>;
  /** Hangs up; requests in flight fail with `lost`. */
  close(): void;
}

/** The status of 10,000 servers has 4 MB; what is far longer is no directord. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const ANSWER_MS = 10_000;

interface Pending {
  item(item: unknown): void;
  settle(outcome: Outcome<unknown>): void;
  fail(error: Error): void;
}

/** The greeting is awaited as if it were the answer to a request; real ones count from 1. */
const GREETING = 0;

/**
 * Connects to a directord and reads its greeting.
 * @param timeoutMs how long the greeting may take.
 * @returns refused when the daemon turns us away (too many clients).
 * @throws ControlError
 */
export async function connectControl(path: string, timeoutMs = 5_000): Promise<Outcome<ControlClient>> {
  const socket = await reach(path);
  const reader = lineReader(MAX_ANSWER_BYTES);
  const pending = new Map<number, Pending>();
  let ended: ControlError | null = null;
  let nextId = GREETING + 1;

  const end = (error: ControlError): void => {
    ended ??= error;
    socket.destroy();
    for (const one of [...pending.values()]) one.fail(ended);
  };

  const wait = (id: number, limitMs: number | null, late: string, item: (item: unknown) => void) =>
    new Promise<Outcome<unknown>>((resolve, reject) => {
      const timer = limitMs === null ? undefined : setTimeout(() => end(new ControlError('timeout', late)), limitMs);
      const settle = (outcome: Outcome<unknown>): void => {
        clearTimeout(timer);
        pending.delete(id);
        resolve(outcome);
      };
      const fail = (error: Error): void => {
        clearTimeout(timer);
        pending.delete(id);
        reject(error);
      };
      // What the caller throws over an item is the caller's: its request fails with it.
      const guarded = (value: unknown): void => {
        try {
          item(value);
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)));
        }
      };
      pending.set(id, { item: guarded, settle, fail });
    });

  /** @returns what makes it impossible to go on. */
  function take(message: Parsed): ControlError | null {
    switch (message.kind) {
      case 'hello': {
        const problem = versionProblem(message);
        if (problem !== null) return new ControlError('protocol', problem);
        pending.get(GREETING)?.settle({ ok: true, value: message.version });
        return null;
      }
      case 'item':
        pending.get(message.id)?.item(message.item);
        return null;
      case 'answer':
        pending.get(message.id)?.settle(message.outcome);
        return null;
      case 'goodbye':
        pending.get(GREETING)?.settle(message.refused);
        return new ControlError('lost', `directord on ${path} hung up: ${message.refused.message}`);
      case 'garbage':
        return garbage(path);
      default:
        return unreachable(message);
    }
  }

  socket.on('data', (chunk: Buffer) => {
    const read = reader.push(chunk);
    for (const line of read.lines) {
      if (ended !== null) return;
      const problem = take(parseAnswer(line));
      if (problem !== null) end(problem);
    }
    if (!read.ok) end(garbage(path));
  });
  socket.on('error', () => {});
  socket.on('close', () => end(new ControlError('lost', `directord on ${path} closed the connection: did it stop?`)));

  const silent = `directord on ${path} took the connection but says nothing: is it hung?`;
  const greeting = (await wait(GREETING, timeoutMs, silent, () => {})) as Outcome<string>;
  if (!greeting.ok) {
    socket.destroy();
    return greeting;
  }
  const client: ControlClient = {
    version: greeting.value,
    async request(verb, args, options = {}) {
      if (ended !== null) throw ended;
      const limit = options.timeoutMs === undefined ? ANSWER_MS : options.timeoutMs;
      const late = `directord on ${path} gave no answer to ${verb} within ${(limit ?? 0) / 1000} s`;
      const id = nextId++;
      socket.write(encodeLine({ id, verb, args }));
      // What this server answers to a verb is this verb's value: the protocol's number, checked above, says so.
      const item = options.onItem as ((item: unknown) => void) | undefined;
      return (await wait(id, limit, late, item ?? (() => {}))) as Outcome<never>;
    },
    close: () => end(new ControlError('lost', 'closed')),
  };
  return { ok: true, value: client };
}

const garbage = (path: string): ControlError => {
  const message = `what answers on ${path} does not speak directord's protocol: is it another program's socket?`;
  return new ControlError('protocol', message);
};
