import type { Ip } from '../../src/values/ip.js';
import { between, type Instant } from '../../src/values/time.js';
import type { Host } from './host.js';
import type { Scenario } from './scenario.js';
import { type Seat, vips } from './seat.js';

/** Exactly one master, the right one, and the addresses with it. @returns what is wrong, or null. */
export function wrongEnd(scenario: Scenario, hosts: readonly Host[]): string | null {
  const fit = hosts.filter((h) => h.router !== null && h.effective() !== null);
  const places = Array.from({ length: scenario.segments }, (_, at) => at);
  const masters = places.map((at) => hosts.filter((host) => host.seats[at]?.state === 'master'));
  for (const [at, list] of masters.entries()) {
    if (list.length === Math.min(1, fit.length)) continue;
    return `masters: ${list.map((host) => host.seats[at]?.name).join(', ') || 'none'}`;
  }
  const found = masters.map(([host]) => host);
  const [master] = found;
  if (found.some((host) => host !== master)) return 'the instances of a group have different masters';
  const better = fit.find((h) => h.plan.preempt && found.every((m, at) => outranks(h, m, at)));
  if (master !== undefined && better !== undefined) return `${better.name} did not preempt ${master.name}`;
  for (const seat of hosts.flatMap((host) => host.seats)) {
    const { host } = seat;
    // A host that was killed and never came back keeps its addresses: nobody is there to remove them.
    if (host.router === null && !host.plan.survives) continue;
    const due = host === master ? vips(scenario.family, seat.at).length : 0;
    const standing = host.standing(seat.at);
    if (standing !== due) return `${standing} addresses on ${seat.name}, not ${due}`;
  }
  return null;
}

const outranks = (host: Host, master: Host | undefined, at: number): boolean =>
  (host.effective(at) ?? 0) > (master?.effective(at) ?? 0);

/** Where nothing was lost, a segment's other hosts send to the master. `believed`: whom they take an address to be at. */
export function wrongBelief(believed: ReadonlyMap<Ip, Seat>): string | null {
  for (const [address, seat] of believed) {
    if (seat.state !== 'master') return `clients send ${address} to ${seat.name}, which is not master`;
  }
  return null;
}

/** An advert that was seen. */
export interface Seen {
  readonly at: Instant;
  readonly seat: Seat;
}

/** Adverts lie on an absolute grid, each late by no more than its alarm. */
export function wrongGrid(scenario: Scenario, master: Seat, adverts: readonly Seen[]): string | null {
  const sent = adverts.filter(({ seat }) => seat === master).map(({ at }) => at);
  // One advert is a frame to each peer where they are spoken to alone.
  const times = [...new Set(sent)];
  const [first] = times;
  if (first === undefined) return 'the master is silent';
  for (const [k, at] of times.entries()) {
    const off = Math.abs(between(first, at) - k * master.host.plan.interval);
    if (off > scenario.lateness) return `advert ${k} is ${off} µs off the grid`;
  }
  return null;
}

/**
 * How often a sync group may have to try again: two groups with crossed priorities that claim while each other's advert is
 * under way both let go, and wait differently long.
 */
export function tries({ segments }: Scenario, hosts: readonly Host[]): number {
  if (segments === 1) return 0;
  const order = (a: Host, b: Host, at: number): number => Math.sign((a.effective(at) ?? 0) - (b.effective(at) ?? 0));
  const crossed = hosts.some((a) => hosts.some((b) => order(a, b, 0) !== order(a, b, 1)));
  return crossed ? 12 : 2;
}
