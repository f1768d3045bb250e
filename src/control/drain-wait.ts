import { type ControlClock, sleep } from './clock.js';
import type { ServerRows } from './protocol.js';
import type { Outcome, TouchedServer } from './service.js';

/** What the wait needs from outside. */
export interface DrainWait {
  readonly clock: ControlClock;
  /** Aborted when the client is gone or the daemon stops. */
  readonly signal: AbortSignal;
  /** The rows as the kernel has them now. */
  read(): Promise<Outcome<readonly TouchedServer[]>>;
  /** Called with the first rows and then whenever a count has changed. */
  changed(rows: ServerRows): void;
  readonly timeoutMs: number;
  readonly pollMs: number;
}

/** Connections that still hold a server: open ones, and templates that would send a client back to it. */
export const holding = (rows: readonly TouchedServer[]): number =>
  rows.reduce((sum, row) => sum + row.activeConnections + row.persistentConnections, 0);

/**
 * Follows drained rows until nothing holds them. A row that has left the table holds nothing.
 * @returns the last rows; refused with `timeout` when time is up, with `undrained` when somebody took the drain back,
 *   with `stopping` when the signal ends it.
 */
export async function waitUntilIdle(first: readonly TouchedServer[], wait: DrainWait): Promise<Outcome<ServerRows>> {
  const deadline = wait.clock.now() + wait.timeoutMs;
  let rows = first;
  wait.changed({ servers: rows });
  for (;;) {
    if (holding(rows) === 0) return { ok: true, value: { servers: rows } };
    const left = deadline - wait.clock.now();
    if (left <= 0) return timedOut(rows);
    await sleep(wait.clock, Math.min(wait.pollMs, left), wait.signal);
    if (wait.signal.aborted) {
      return { ok: false, code: 'stopping', message: `directord stops; ${namesOf(rows)} stays drained` };
    }
    const next = await wait.read();
    if (!next.ok) return next;
    const taken = next.value.filter((row) => row.admin === 'ready');
    if (taken.length > 0) {
      const message = `${namesOf(taken)} was undrained meanwhile: no longer waiting`;
      return { ok: false, code: 'undrained', message };
    }
    if (countsOf(next.value) !== countsOf(rows)) wait.changed({ servers: next.value });
    rows = next.value;
  }
}

function timedOut(rows: readonly TouchedServer[]): Outcome<never> {
  const busy = rows.filter((row) => holding([row]) > 0);
  const active = busy.reduce((sum, row) => sum + row.activeConnections, 0);
  const persistent = busy.reduce((sum, row) => sum + row.persistentConnections, 0);
  const message = `time is up with ${active} active and ${persistent} persistent on ${namesOf(busy)}: still drained`;
  return { ok: false, code: 'timeout', message };
}

const countsOf = (rows: readonly TouchedServer[]): string =>
  JSON.stringify(
    rows.map((r) => [r.service, r.address, r.activeConnections, r.inactiveConnections, r.persistentConnections]),
  );

/** `172.28.128.110:80 in web`, the first three of many. */
function namesOf(rows: readonly TouchedServer[]): string {
  const names = rows.slice(0, 3).map((row) => `${row.address} in ${row.service}`);
  return rows.length > 3 ? `${names.join(', ')} and ${rows.length - 3} more` : names.join(', ');
}
