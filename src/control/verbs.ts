import type { ControlClock } from './clock.js';
import { namesOf, waitUntilIdle } from './drain-wait.js';
import { PROTOCOL, type Verb, type Verbs } from './protocol.js';
import type { ParsedArgs, ParsedRequest } from './requests.js';
import type { By, ControlService, Outcome, ServerSelector, TouchedServer } from './service.js';

/** What a verb's handler gets besides its arguments. */
export interface Call<V extends Verb = Verb> {
  readonly service: ControlService;
  readonly version: string;
  /** Who asks. */
  readonly by: By;
  readonly clock: ControlClock;
  /** Time between two looks at the rows of a drain that is waited for. */
  readonly pollMs: number;
  /** Aborted when the client is gone or the daemon stops. */
  readonly signal: AbortSignal;
  item(item: Verbs[V]['item']): void;
}

type Handler<V extends Verb> = (call: Call<V>, args: ParsedArgs<V>) => Promise<Outcome<Verbs[V]['value']>>;

const handlers: { readonly [V in Verb]: Handler<V> } = {
  ping: async () => done({}),
  version: async (call) => done({ version: call.version, protocol: PROTOCOL }),
  status: async (call) => done(await call.service.status()),
  servers: async (call, args) => rows(await call.service.servers(selectorOf(args))),
  undrain: async (call, args) => rows(await call.service.undrain(selectorOf(args), call.by)),
  weight: async (call, args) => rows(await call.service.weight(selectorOf(args), args.weight, call.by)),
  disable: async (call, args) => rows(await call.service.disable(selectorOf(args), call.by)),
  enable: async (call, args) => rows(await call.service.enable(selectorOf(args), call.by)),
  failover: (call, args) => call.service.failover(args.instance),
  resume: (call, args) => call.service.resume(args.instance),
  async drain(call, args) {
    const selector = selectorOf(args);
    const drained = await call.service.drain(selector, call.by);
    if (!drained.ok || !args.wait) return rows(drained);
    const idle = await waitUntilIdle(drained.value, {
      clock: call.clock,
      signal: call.signal,
      read: () => call.service.servers(selector),
      changed: (now) => call.item(now),
      timeoutMs: args.timeoutMs,
      pollMs: call.pollMs,
      late: args.force ? 'disabled all the same' : 'still drained',
    });
    if (!args.disable) return idle;
    const late = !idle.ok && idle.code === 'timeout' && args.force ? idle.message : null;
    if (!idle.ok && late === null) return idle;
    // What a reload has brought meanwhile would be cut off.
    const now = await call.service.servers(selector);
    const came = now.ok ? now.value.filter((row) => row.admin === 'ready') : [];
    if (came.length > 0) {
      const message = `nothing was disabled: ${namesOf(came)} is not drained, and is called so as well`;
      return { ok: false, code: 'undrained', message };
    }
    const disabled = rows(await call.service.disable(selector, call.by, true));
    return disabled.ok && late !== null ? done({ ...disabled.value, note: late }) : disabled;
  },
  reload: (call, args) => call.service.reload(args.dryRun, (problem) => call.item(problem)),
  async events(call, args) {
    // Both in one turn, so that no event falls between the past ones and the first new one.
    for (const event of call.service.recent(args.recent)) call.item(event);
    if (!args.follow || call.signal.aborted) return done({});
    const end = call.service.subscribe((event) => call.item(event));
    await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve(), { once: true }));
    end();
    return { ok: false, code: 'stopping', message: 'directord stops' };
  },
};

/** Verbs that change something: logged with who asked. */
export const ADMIN_VERBS: ReadonlySet<Verb> = new Set<Verb>([
  'drain',
  'undrain',
  'weight',
  'disable',
  'enable',
  'failover',
  'reload',
  'resume',
]);

/** Verbs that send items until they end: they are cut when the client stops talking. */
export const isStream = (request: ParsedRequest): boolean =>
  (request.verb === 'events' && (request as ParsedRequest<'events'>).args.follow) ||
  (request.verb === 'drain' && (request as ParsedRequest<'drain'>).args.wait);

/** Runs one request. What the service throws is thrown. */
export function runVerb(request: ParsedRequest, call: Call): Promise<Outcome<unknown>> {
  const handler = handlers[request.verb] as (call: Call, args: unknown) => Promise<Outcome<unknown>>;
  return handler(call, request.args);
}

const done = <T>(value: T): Outcome<T> => ({ ok: true, value });

const rows = (outcome: Outcome<readonly TouchedServer[]>): Outcome<{ servers: readonly TouchedServer[] }> =>
  outcome.ok ? done({ servers: outcome.value }) : outcome;

const selectorOf = (args: { address: string; service?: string | undefined }): ServerSelector =>
  args.service === undefined ? { address: args.address } : { address: args.address, service: args.service };
