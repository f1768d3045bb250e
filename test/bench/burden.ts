import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Packet } from '../lab/packet.js';
import type { Daemons, Implementation, Many, Speech } from './daemons.js';
import { PRIORITIES } from './daemons.js';
import type { Scope, Started } from './scope.js';
import { isAdvert, Segment } from './segment.js';

/** A lone master under a burden: what its adverts came to, times in µs. */
export interface Burden {
  /** How much longer than configured it was since the instance's advert before; for each advert. */
  readonly late: readonly number[];
  /** Adverts that were due between two others, and were not seen. */
  readonly missing: number;
  /** Processor time of all its processes. */
  readonly cpu: number;
  readonly lasted: number;
}

/** What a table tells besides lateness: the processor's time by advert, or by time. */
export type Extra = 'each advert' | 'whole';

/** What makes it hard: begins when the master has settled, and is over when the promise is. */
export type Work = (scope: Scope, segment: Segment, ms: number) => Promise<void>;

/** Past the second announcements, which both make five seconds after they became master. */
const SETTLING_MS = 8000;
const PATIENCE_MS = 20_000;
/** USER_HZ, on every Linux that node runs on. */
const TICK_US = 10_000;

/** Runs one daemon with so many instances alone, and records its adverts while `work` goes on. */
export async function measureBurden(
  scope: Scope,
  network: string,
  daemons: Daemons,
  which: Implementation,
  load: { readonly name: string; readonly speech: Speech; readonly many: Many; readonly ms: number },
  work: Work,
): Promise<Burden> {
  const { speech, many, ms } = load;
  const segment = await Segment.make(scope, network, `${load.name}${which[0]}`, 2, false);
  const daemon = daemons.start(which, segment.namespaces[0] ?? '', 0, speech, many);
  await serving(scope, segment, many ?? 1);
  await sleep(SETTLING_MS);
  const record = await segment.record(scope);
  const [before, from] = [processorOf(daemon), process.hrtime.bigint()];
  await work(scope, segment, ms);
  const lasted = Number(process.hrtime.bigint() - from) / 1000;
  const cpu = processorOf(daemon) - before;
  const packets = (await record.stop()).filter(isAdvert(0, PRIORITIES[0]));
  daemon.child.kill('SIGTERM');
  await daemon.ended;
  return { ...lateness(packets, speech.intervalMs * 1000, many ?? 1), cpu, lasted };
}

/** Waits until all instances advertise. @throws when they do not in time. */
export async function serving(scope: Scope, segment: Segment, many: number): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const record = await segment.record(scope);
    await sleep(1000);
    const seen = new Set((await record.stop()).map((packet) => packet.vrrp?.virtualRouterId));
    if (seen.size >= many) return;
    if (Date.now() > until) throw new Error(`${seen.size} of ${many} instances advertise after ${PATIENCE_MS} ms`);
  }
}

/** @param interval µs. An instance that said nothing at all has left out one advert at least. */
export function lateness(packets: readonly Packet[], interval: number, instances: number) {
  const latest = new Map<number, number>();
  const late: number[] = [];
  let missing = 0;
  for (const { at, vrrp } of packets) {
    const id = vrrp?.virtualRouterId ?? 0;
    const before = latest.get(id);
    if (before !== undefined) {
      late.push(Math.max(0, at - before - interval));
      missing += Math.max(0, Math.round((at - before) / interval) - 1);
    }
    latest.set(id, at);
  }
  return { late, missing: missing + instances - latest.size };
}

/** Processor time of a daemon and its children so far, µs. */
function processorOf({ pid }: Started): number {
  const rows = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [
          {
            pid: Number(name),
            fields: readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [],
          },
        ];
      } catch {
        return []; // gone meanwhile
      }
    });
  const family = new Set([pid]);
  // Children come after their parents but for a wrap of the numbers.
  for (const row of [...rows, ...rows]) if (family.has(Number(row.fields[1]))) family.add(row.pid);
  return rows
    .filter((row) => family.has(row.pid))
    .reduce((sum, { fields }) => sum + (Number(fields[11]) + Number(fields[12])) * TICK_US, 0);
}
