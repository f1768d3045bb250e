import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Burden, type Extra, measureBurden, type Work } from './burden.js';
import { type Both, Daemons, FAST, type Implementation, type Many, type Speech, VERSION_2 } from './daemons.js';
import { burdenTable, type Table } from './report.js';
import type { Scope } from './scope.js';
import { HOSTS, makeSwitch } from './segment.js';

interface Kind {
  readonly title: string;
  readonly speech: Speech;
  readonly many: Many;
  readonly seconds: number;
  readonly extra: readonly Extra[];
  readonly work: (repo: string) => Work;
}

const FLOOD_RATE = 100_000;

const nothing: Work = (_scope, _segment, ms) => sleep(ms);

/** One endless loop for each of two CPUs. */
const loops: Work = async (scope, _segment, ms) => {
  const started = [0, 1].map((i) => scope.start(null, [process.execPath, '-e', 'for (;;);'], `loop-${i}.log`));
  await sleep(ms);
  for (const loop of started) loop.child.kill('SIGKILL');
  await Promise.all(started.map((loop) => loop.ended));
};

/** Packets of protocol 112 from the second host: half malformed, half for VRIDs that nobody has. */
const flood =
  (repo: string): Work =>
  async (scope, segment, ms) => {
    const worker = join(repo, 'test/lab/e2e/flood-worker.mjs');
    const args = ['eth1', HOSTS[1], String(FLOOD_RATE), String(ms / 1000)];
    const flooder = scope.start(segment.namespaces[1] ?? '', [process.execPath, worker, ...args], 'flood.log');
    await flooder.ended;
    if (flooder.child.exitCode !== 0) throw new Error('the flood did not run to its end: see flood.log');
  };

/** What can be measured, by the name for --only. */
export const BURDENS = {
  many: {
    title: '255 instances with adverts each 100 ms (VRRPv3)',
    speech: FAST,
    many: 255,
    seconds: 12,
    extra: ['each advert'],
    work: () => nothing,
  },
  busy: {
    title: '20 instances with adverts each 100 ms beside two busy loops',
    speech: FAST,
    many: 20,
    seconds: 10,
    extra: [],
    work: () => loops,
  },
  flood: {
    title: 'Adverts each second under 100,000 malformed and foreign packets a second',
    speech: VERSION_2,
    many: null,
    seconds: 10,
    extra: ['whole'],
    work: flood,
  },
} as const satisfies Record<string, Kind>;

/** One implementation after the other, each alone. */
export async function measureKind(
  phase: <T>(work: (scope: Scope) => Promise<T>) => Promise<T>,
  name: keyof typeof BURDENS,
  repo: string,
  directord: string,
): Promise<Table> {
  const kind: Kind = BURDENS[name];
  const one = (which: Implementation): Promise<Burden> =>
    phase((scope) => {
      const load = { name, speech: kind.speech, many: kind.many, ms: kind.seconds * 1000 };
      return measureBurden(scope, makeSwitch(scope), new Daemons(scope, directord), which, load, kind.work(repo));
    });
  const found: Both<Burden> = { directord: await one('directord'), keepalived: await one('keepalived') };
  return burdenTable(kind.title, found, kind.extra);
}
