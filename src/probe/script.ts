import { type Advice, SILENT } from '../core/ipvs/advice.js';
import { describeEnd, type ScriptEnd } from '../core/script/verdict.js';
import { formatEndpoint } from '../values/endpoint.js';
import { seconds, toMillis } from '../values/time.js';
import { bound, microsSince } from './bound.js';
import type { Base, ProbeHost, ScriptRun } from './host.js';
import { type Cancel, type Done, fail, type Verdict } from './result.js';

/** Proves what a program proves: exit status 0, as keepalived's MISC_CHECK; with `dynamic`, also a weight. */
export interface ScriptProbe extends Base {
  readonly kind: 'script';
  readonly command: readonly [string, ...string[]];
  readonly user: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly dynamic: boolean;
}

/** The keys of `check: { type: script }` that matter here. */
export interface ScriptSettings {
  readonly command: readonly [string, ...string[]];
  readonly user: string | null;
  readonly dynamic: boolean;
}

/** @param service the name of the service that the server belongs to. */
export function prepareScript(check: ScriptSettings, base: Base, service: string): ScriptProbe {
  const { address, port } = base.target;
  const values: Readonly<Record<string, string>> = { address, port: String(port), service };
  const fill = (argument: string): string =>
    argument.replace(/\{(address|port|service)\}/g, (_, key) => values[key] ?? '');
  const [path, ...rest] = check.command;
  const environment = {
    DIRECTORD_SERVICE: service,
    DIRECTORD_SERVER: port === 0 ? address : formatEndpoint(base.target),
    DIRECTORD_ADDRESS: address,
    DIRECTORD_PORT: String(port),
  };
  const { user, dynamic } = check;
  return { kind: 'script', ...base, command: [path, ...rest.map(fill)], user, dynamic, environment };
}

/** From SIGTERM to SIGKILL. */
const GRACE = seconds(1);

/** Runs that were told to end and have not: a script is never run twice at once. */
const leftovers = new WeakMap<ScriptProbe, ScriptRun>();

export function startScript(probe: ScriptProbe, done: Done, host: ProbeHost): Cancel {
  const started = performance.now();
  let over = false;
  let killing: NodeJS.Timeout | null = null;
  const finish = (verdict: Verdict): void => {
    if (over) return;
    over = true;
    release();
    const reason = verdict.ok ? null : verdict.reason;
    const result = { ok: verdict.ok, reason, micros: microsSince(started), ours: !verdict.ok && verdict.ours === true };
    done(verdict.found === undefined ? result : { ...result, found: verdict.found });
  };
  const ended = (end: ScriptEnd): void => {
    leftovers.delete(probe);
    if (killing !== null) clearTimeout(killing);
    // What a run that took too long leaves behind goes with it.
    if (over) run?.kill();
    else finish(judge(probe, end, run?.output() ?? ''));
  };
  const release = bound(probe.timeout, () => {
    const end: ScriptEnd = { kind: 'timeout', after: probe.timeout };
    if (run !== null) {
      leftovers.set(probe, run);
      run.terminate();
      killing = setTimeout(() => run?.kill(), toMillis(GRACE));
    }
    finish(fail(describeEnd(end, run?.output() ?? '')));
  });
  const run = begin(probe, host, ended, finish);
  return () => {
    if (over) return;
    over = true;
    release();
    run?.kill();
  };
}

/** @returns null where nothing runs; the verdict follows. */
function begin(
  probe: ScriptProbe,
  host: ProbeHost,
  ended: (end: ScriptEnd) => void,
  finish: (verdict: Verdict) => void,
): ScriptRun | null {
  const before = leftovers.get(probe);
  if (before !== undefined) {
    before.kill();
    setImmediate(finish, fail(describeEnd({ kind: 'stuck', pid: before.pid }, '')));
    return null;
  }
  if (host.runScript !== undefined) return host.runScript(probe, ended);
  setImmediate(finish, { ok: false, reason: 'scripts are not supported here', ours: true });
  return null;
}

/** What an end means (keepalived.conf(5), MISC_CHECK and misc_dynamic). One that could not be started is our failure. */
export function judge({ dynamic }: Pick<ScriptProbe, 'dynamic'>, end: ScriptEnd, output: string): Verdict {
  if (end.kind === 'refused') return { ok: false, reason: describeEnd(end, output), ours: true };
  if (end.kind !== 'exit' || end.code === 1 || (!dynamic && end.code !== 0)) return fail(describeEnd(end, output));
  if (end.code === 0) return { ok: true };
  const advice: Advice = { ...SILENT, weight: { kind: 'absolute', weight: end.code - 2 } };
  return end.code >= 2 ? { ok: true, found: { advice } } : fail(describeEnd(end, output));
}
