import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { ControlClient } from '../../src/control/client.js';
import { connectControl } from '../../src/control/client.js';
import type { ControlClock } from '../../src/control/clock.js';
import { type ControlServerOptions, startControlServer } from '../../src/control/server.js';
import type {
  By,
  ControlService,
  Outcome,
  ReloadProblem,
  ReloadReport,
  ServerSelector,
  TouchedServer,
  YieldReport,
} from '../../src/control/service.js';
import type { DirectorEvent, StatusReport } from '../../src/core/status.js';
import { silent } from '../../src/values/log.js';

export const emptyStatus: StatusReport = {
  version: '1.2.3',
  routerId: 'Balance1',
  uptimeSeconds: 12.3,
  instances: [],
  services: [],
  problems: [],
};

export const row = (over: Partial<TouchedServer> = {}): TouchedServer => ({
  service: 'web',
  address: '172.28.128.110:80',
  admin: 'drain',
  weight: 1,
  effectiveWeight: 0,
  activeConnections: 0,
  inactiveConnections: 0,
  persistentConnections: 0,
  weightOverride: null,
  // As the director counts where templates still lead clients to a drained server.
  left: (over.activeConnections ?? 0) + (over.persistentConnections ?? 0),
  ...over,
});

export const event = (sequence: number, over: Partial<DirectorEvent> = {}): DirectorEvent => ({
  sequence,
  time: '2026-01-01T00:00:00.000Z',
  subject: 'server',
  name: 'web 172.28.128.110:80',
  what: 'down',
  reason: null,
  ...over,
});

/** A director with one server, whose counts a test sets. */
export class FakeService implements ControlService {
  report: StatusReport = emptyStatus;
  /** What is wrong with the file of a reload, and what it changes. */
  wrong: readonly string[] = [];
  reloading: ReloadReport = { applied: true, summary: 'nothing to change', changes: [], warnings: [], problems: [] };
  rows: readonly TouchedServer[] = [row({ admin: 'ready', effectiveWeight: 1 })];
  events: DirectorEvent[] = [];
  /** Who asked for a weight, and which disables were the end of a drain. */
  readonly askers: By[] = [];
  readonly insteadOfDrain: boolean[] = [];
  readonly listeners = new Set<(event: DirectorEvent) => void>();
  /** Called before each look at the rows. */
  onRead: () => void = () => {};

  async status(): Promise<StatusReport> {
    return this.report;
  }
  async drain(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>> {
    if (!this.knows(selector)) return this.unknown(selector);
    this.rows = this.rows.map((r) => ({ ...r, admin: 'drain', effectiveWeight: 0 }));
    return { ok: true, value: this.rows };
  }
  async undrain(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>> {
    if (!this.knows(selector)) return this.unknown(selector);
    this.rows = this.rows.map((r) => ({ ...r, admin: 'ready', effectiveWeight: r.weight }));
    return { ok: true, value: this.rows };
  }
  async weight(selector: ServerSelector, weight: number | null, by?: By): Promise<Outcome<readonly TouchedServer[]>> {
    this.askers.push(by ?? null);
    return this.edit(selector, (r) => ({ ...r, weightOverride: weight, effectiveWeight: weight ?? r.weight }));
  }
  async disable(selector: ServerSelector, _by?: By, instead = false): Promise<Outcome<readonly TouchedServer[]>> {
    this.insteadOfDrain.push(instead);
    return this.edit(selector, (r) => ({ ...r, admin: 'disabled', effectiveWeight: null, left: 0 }));
  }
  async enable(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>> {
    return this.edit(selector, (r) => ({ ...r, admin: 'ready', effectiveWeight: r.weight }));
  }
  async failover(instance: string): Promise<Outcome<YieldReport>> {
    if (instance !== 'VI_1') return { ok: false, code: 'unknown-instance', message: `no instance ${instance}` };
    return {
      ok: true,
      value: { instances: [{ name: 'VI_1', state: 'backup', master: '172.28.128.90', seconds: 0.6 }] },
    };
  }
  async resume(): Promise<Outcome<YieldReport>> {
    return {
      ok: true,
      value: { instances: [{ name: 'VI_1', state: 'backup', master: '172.28.128.90', seconds: null }] },
    };
  }
  async servers(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>> {
    this.onRead();
    return this.knows(selector) ? { ok: true, value: this.rows } : this.unknown(selector);
  }
  async reload(dryRun: boolean, problem: (each: ReloadProblem) => void): Promise<Outcome<ReloadReport>> {
    for (const text of this.wrong) {
      problem({ file: 'd.yaml', line: 1, column: 1, path: '', message: text, text: `d.yaml:1:1: ${text}` });
    }
    if (this.wrong.length > 0) return { ok: false, code: 'invalid', message: 'nothing was changed; the first: d.yaml' };
    return { ok: true, value: { ...this.reloading, applied: !dryRun } };
  }

  subscribe(listener: (event: DirectorEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  recent(count: number): readonly DirectorEvent[] {
    return count === 0 ? [] : this.events.slice(-count);
  }
  emit(e: DirectorEvent): void {
    this.events.push(e);
    for (const listener of this.listeners) listener(e);
  }
  private edit(selector: ServerSelector, how: (r: TouchedServer) => TouchedServer): Outcome<readonly TouchedServer[]> {
    if (!this.knows(selector)) return this.unknown(selector);
    this.rows = this.rows.map(how);
    return { ok: true, value: this.rows };
  }
  private knows(s: ServerSelector): boolean {
    return this.rows.some((r) => r.address === s.address || r.address.startsWith(`${s.address}:`));
  }
  private unknown(s: ServerSelector): Outcome<never> {
    const message = `no server ${s.address}: there is ${this.rows.map((r) => r.address).join(', ')}`;
    return { ok: false, code: 'unknown-server', message };
  }
}

/** Time that passes only when a test says so. */
export class VirtualClock implements ControlClock {
  private time = 0;
  private timers: { at: number; fire: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(ms: number, fire: () => void): () => void {
    const timer = { at: this.time + ms, fire };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((t) => t !== timer);
    };
  }
  /** Lets `ms` pass, timer by timer, with the promises that each one resolves. */
  async pass(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.timers.filter((t) => t.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((t) => t !== next);
      this.time = next.at;
      next.fire();
    }
    this.time = until;
  }
}

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
export const onEnd = (cleanup: () => void | Promise<void>): void => void cleanups.push(cleanup);

/** A directory of the test's own, which others may enter. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'directord-control-'));
  onEnd(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A control server in a temporary directory, closed after the test. */
export async function served(over: Partial<ControlServerOptions> = {}) {
  const service = new FakeService();
  const path = over.path ?? join(tempDir(), 'control.sock');
  const server = await startControlServer({
    path,
    group: '0',
    version: '1.2.3',
    service,
    log: silent,
    peer: () => ({ pid: 1, uid: 0 }),
    ...over,
  });
  onEnd(() => server.close());
  return { path, server, service };
}

/** A client of it, hung up after the test. */
export async function connected(path: string): Promise<ControlClient> {
  const client = await connectControl(path);
  if (!client.ok) throw new Error(client.message);
  onEnd(() => client.value.close());
  return client.value;
}

/** Waits until `is` holds, by turns of the loop; fails after ten seconds. */
export async function until(is: () => boolean, what = 'the condition'): Promise<void> {
  const end = performance.now() + 10_000;
  while (!is()) {
    if (performance.now() > end) throw new Error(`${what} did not come true in 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
