import { setTimeout as sleep } from 'node:timers/promises';
import { type Both, type Daemons, IMPLEMENTATIONS, type Implementation, PRIORITIES, type Speech } from './daemons.js';
import type { Scope, Started } from './scope.js';
import { isAdvert, isClaim, Segment } from './segment.js';

const SECOND = 1_000_000;
const MASTER = 0;
const BACKUP = 1;

/** Skew_Time and Master_Down_Interval of the backup, in µs: RFC 3768 §6.1, RFC 9568 §6.1. */
function timesOf({ version, intervalMs }: Speech): { readonly skew: number; readonly down: number } {
  const interval = intervalMs * 1000;
  const skew = ((256 - PRIORITIES[BACKUP]) * (version === 2 ? SECOND : interval)) / 256;
  return { skew, down: 3 * interval + skew };
}

/** From one cut to the other pair's stop: what is measured of the two lies seconds apart. */
const APART_MS = 150;
/** From the start of a daemon, whose programs go on loading after it is master, to the next measurement. */
const REST_MS = 2_500;
const PATIENCE_MS = 12_000;

/** One takeover, in µs after the moment at which the standard lets the backup act. */
export interface Takeover {
  readonly advert: number;
  readonly claim: number;
}

export interface Takeovers {
  readonly cut: Takeover[];
  readonly stop: Takeover[];
}

interface Pair {
  readonly which: Implementation;
  readonly speech: Speech;
  readonly segment: Segment;
  readonly daemons: Started[];
  /** Since when (µs) the first host may be master again. */
  since: number;
}

const now = (): number => Date.now() * 1000;
const mastersAdvert = isAdvert(MASTER, PRIORITIES[MASTER]);
const backupsAdvert = isAdvert(BACKUP, PRIORITIES[BACKUP]);

/**
 * Takeovers by cut cable and by stop, `trials` of each with each implementation, in turns. While one pair's cable is cut
 * the other implementation's other pair is stopped; what is measured of the two never falls together.
 */
export async function measureTakeovers(
  scope: Scope,
  network: string,
  daemons: Daemons,
  speech: Speech,
  trials: number,
  tell: (done: number) => void,
): Promise<Both<Takeovers>> {
  const make = async (name: string, which: Implementation): Promise<Pair> => {
    const segment = await Segment.make(scope, network, `${name}${speech.intervalMs}`, 2);
    const started = segment.namespaces.map((host, i) => daemons.start(which, host, i, speech));
    return { which, speech, segment, daemons: started, since: now() };
  };
  const cuts = { directord: await make('cd', 'directord'), keepalived: await make('ck', 'keepalived') };
  const stops = { directord: await make('sd', 'directord'), keepalived: await make('sk', 'keepalived') };
  const found = { directord: { cut: [], stop: [] }, keepalived: { cut: [], stop: [] } } satisfies Both<Takeovers>;
  const results: Both<Takeovers> = found;
  for (let turn = 0; turn < 2 * trials; turn += 1) {
    const [cutting, stopping] = turn % 2 === 0 ? IMPLEMENTATIONS : ([...IMPLEMENTATIONS].reverse() as Implementation[]);
    if (cutting === undefined || stopping === undefined) throw new Error('two implementations are compared');
    await Promise.all([settled(cuts[cutting]), settled(stops[stopping])]);
    await sleep(REST_MS);
    const settledToStop = settled(stops[stopping]);
    const since = await cut(cuts[cutting], settledToStop);
    let one: Takeover;
    let other: Takeover;
    // Where both fit into a moment, the one's end would be in the other's way.
    if (speech.intervalMs < 1000) {
      one = await silence(cuts[cutting], since);
      other = await stop(stops[stopping]);
    } else {
      [one, other] = await Promise.all([
        silence(cuts[cutting], since),
        sleep(APART_MS).then(() => stop(stops[stopping])),
      ]);
    }
    restart(stops[stopping], daemons);
    results[cutting].cut.push(one);
    results[stopping].stop.push(other);
    tell(turn + 1);
  }
  return results;
}

/** Resolves when the first host has been heard as master and the second is silent. */
async function settled({ segment, since }: Pair): Promise<void> {
  const first = await segment.seen(mastersAdvert, 'master', since, PATIENCE_MS);
  await segment.seen(mastersAdvert, 'second advert of the master', first.at + 1, PATIENCE_MS);
}

/** Cuts the master's cable just after an advert. @returns that advert's time, µs. */
async function cut(pair: Pair, also: Promise<void>): Promise<number> {
  await Promise.all([settled(pair), also]);
  const { segment } = pair;
  const advert = await segment.seen(mastersAdvert, 'advert to cut after', now(), PATIENCE_MS);
  await segment.cable('cut');
  return advert.at;
}

/** The takeover that follows. @param since the time of an advert, µs; others may have passed before the cable was out */
async function silence(pair: Pair, since: number): Promise<Takeover> {
  const { segment, speech } = pair;
  const first = await segment.seen(backupsAdvert, 'advert of the backup', since, PATIENCE_MS);
  const last = segment.packets.filter((packet) => packet.at < first.at && mastersAdvert(packet)).at(-1);
  const result = await takeover(segment, since, (last?.at ?? Number.NaN) + timesOf(speech).down);
  pair.since = now();
  await segment.cable('whole');
  return result;
}

async function stop(pair: Pair): Promise<Takeover> {
  const { segment, speech } = pair;
  const before = now();
  const old = pair.daemons[MASTER];
  old?.child.kill('SIGTERM');
  const last = await segment.seen(isAdvert(MASTER, 0), 'advert with priority 0', before, PATIENCE_MS);
  const result = await takeover(segment, last.at, last.at + timesOf(speech).skew);
  await old?.ended;
  return result;
}

/** Only when both are measured: a start is work for all CPUs, and asks the kernel for the locks that a takeover needs. */
function restart(pair: Pair, daemons: Daemons): void {
  const { segment, which, speech } = pair;
  pair.since = now();
  pair.daemons[MASTER] = daemons.start(which, segment.namespaces[MASTER] ?? '', MASTER, speech);
}

async function takeover(segment: Segment, since: number, due: number): Promise<Takeover> {
  const [claim, advert] = await Promise.all([
    segment.seen(isClaim(BACKUP), 'gratuitous ARP of the backup', since, PATIENCE_MS),
    segment.seen(backupsAdvert, 'advert of the backup', since, PATIENCE_MS),
  ]);
  return { advert: advert.at - due, claim: claim.at - due };
}
