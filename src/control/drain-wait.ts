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
  /** What becomes of the server when time is up, for the message. */
  readonly late: string;
}

/**
 * A connection that is being opened when the drain begins counts as inactive until its handshake is over: so long nothing
 * is taken for idle that still has such.
 */
const SETTLE_MS = 1_000;

/** What still holds a server: see `leftOf` of the core. */
export const holding = (rows: readonly TouchedServer[]): number => rows.reduce((sum, row) => sum + row.left, 0);

/**
 * Follows drained rows until nothing holds them. A row that has left the table holds nothing.
 * @returns the last rows; refused with `timeout` when time is up, with `undrained` when somebody took the drain back,
 *   with `stopping` when the signal ends it.
 */
export async function waitUntilIdle(first: readonly TouchedServer[], wait: DrainWait): Promise<Outcome<ServerRows>> {
  const begin = wait.clock.now();
  const deadline = begin + wait.timeoutMs;
  let rows = first;
  const drained = new Set(first.map(idOf));
  wait.changed({ servers: rows });
  for (;;) {
    const opening = wait.clock.now() - begin < SETTLE_MS && rows.some((row) => row.inactiveConnections > 0);
    const left = deadline - wait.clock.now();
    if (holding(rows) === 0 && (!opening || left <= 0)) return { ok: true, value: { servers: rows } };
    if (left <= 0) return timedOut(rows, wait.late);
    await sleep(wait.clock, Math.min(wait.pollMs, left), wait.signal);
    if (wait.signal.aborted) {
      return { ok: false, code: 'stopping', message: `directord stops; ${namesOf(rows)} stays drained` };
    }
    const next = await wait.read();
    if (!next.ok) return next;
    // A reload may bring more servers that are called so: those nobody has drained, or waits for.
    const ours = next.value.filter((row) => drained.has(idOf(row)));
    const taken = ours.filter((row) => row.admin === 'ready');
    if (taken.length > 0) {
      const message = `${namesOf(taken)} was undrained meanwhile: no longer waiting`;
      return { ok: false, code: 'undrained', message };
    }
    if (countsOf(ours) !== countsOf(rows)) wait.changed({ servers: ours });
    rows = ours;
  }
}

const idOf = (row: TouchedServer): string => `${row.service} ${row.address}`;

const timedOut = (rows: readonly TouchedServer[], late: string): Outcome<never> => ({
  ok: false,
  code: 'timeout',
  message: `time is up with ${restOf(rows)}: ${late}`,
});

/** `3 active and 1 persistent on 172.28.128.110:80 in web`; inactive ones where they are waited for. */
function restOf(rows: readonly TouchedServer[]): string {
  const busy = rows.filter((row) => holding([row]) > 0);
  const sum = (of: (row: TouchedServer) => number): number => busy.reduce((total, row) => total + of(row), 0);
  const active = sum((row) => row.activeConnections);
  const persistent = sum((row) => row.persistentConnections);
  const inactive = sum((row) => row.inactiveConnections);
  const flows = sum((row) => row.left) > active + persistent ? ` and ${inactive} inactive` : '';
  return `${active} active and ${persistent} persistent${flows} on ${namesOf(busy)}`;
}

const countsOf = (rows: readonly TouchedServer[]): string =>
  JSON.stringify(
    rows.map((r) => [
      r.service,
      r.address,
      r.activeConnections,
      r.inactiveConnections,
      r.persistentConnections,
      r.left,
    ]),
  );

/** `172.28.128.110:80 in web`, the first three of many. */
export function namesOf(rows: readonly TouchedServer[]): string {
  const names = rows.slice(0, 3).map((row) => `${row.address} in ${row.service}`);
  return rows.length > 3 ? `${names.join(', ')} and ${rows.length - 3} more` : names.join(', ');
}
