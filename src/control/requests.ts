import * as z from 'zod';
import { MAX_RECENT, MAX_WAIT_MS, MAX_WEIGHT, type Problem, type Request, type Verb } from './protocol.js';

const nothing = z.strictObject({});
const name = z.string().min(1).max(255);
const selector = { address: name, service: name.optional() };

/** The arguments of every verb. A verb that is not here does not exist. */
export const argsOf = {
  ping: nothing,
  version: nothing,
  status: nothing,
  servers: z.strictObject(selector),
  drain: z
    .strictObject({
      ...selector,
      wait: z.boolean().default(false),
      timeoutMs: z.int().min(1).max(MAX_WAIT_MS).default(300_000),
      disable: z.boolean().default(false),
      force: z.boolean().default(false),
    })
    .refine((args) => args.wait || !args.disable, 'disable needs wait')
    .refine((args) => args.disable || !args.force, 'force needs disable'),
  undrain: z.strictObject(selector),
  weight: z.strictObject({ ...selector, weight: z.int().min(0).max(MAX_WEIGHT).nullable() }),
  disable: z.strictObject(selector),
  enable: z.strictObject(selector),
  failover: z.strictObject({ instance: name }),
  resume: z.strictObject({ instance: name }),
  reload: z.strictObject({ dryRun: z.boolean() }),
  events: z.strictObject({ recent: z.int().min(0).max(MAX_RECENT), follow: z.boolean() }),
} satisfies Record<Verb, z.ZodType>;

export type ParsedArgs<V extends Verb> = z.infer<(typeof argsOf)[V]>;

export interface ParsedRequest<V extends Verb = Verb> {
  readonly id: number;
  readonly verb: V;
  readonly args: ParsedArgs<V>;
}

/** `id` is null where the line carries none that could be answered: the connection is closed then. */
export type RequestResult =
  | { readonly ok: true; readonly request: ParsedRequest }
  | { readonly ok: false; readonly id: number | null; readonly error: Problem };

const envelope = z.strictObject({
  id: z.int().min(0),
  verb: z.string().max(64),
  args: z.record(z.string(), z.unknown()).default({}),
}) satisfies z.ZodType<Request>;

/** Parses one line of a client. Never throws. */
export function parseRequest(line: string): RequestResult {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { ok: false, id: null, error: { code: 'bad-line', message: 'the line is no JSON: one request a line' } };
  }
  const outer = envelope.safeParse(json);
  if (!outer.success) {
    const why = `the request is not { id, verb, args }: ${firstIssue(outer.error)}`;
    return { ok: false, id: null, error: { code: 'bad-line', message: why } };
  }
  const { id, verb } = outer.data;
  if (!isVerb(verb)) {
    const known = Object.keys(argsOf).join(', ');
    return { ok: false, id, error: { code: 'usage', message: `no verb ${JSON.stringify(verb)}: there are ${known}` } };
  }
  const args = argsOf[verb].safeParse(outer.data.args);
  if (!args.success) {
    return { ok: false, id, error: { code: 'usage', message: `${verb}: ${firstIssue(args.error)}` } };
  }
  return { ok: true, request: { id, verb, args: args.data } };
}

const isVerb = (text: string): text is Verb => Object.hasOwn(argsOf, text);

/** One issue is enough for a program, and it bounds what hostile input makes us print. */
function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not valid';
  const text = issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
