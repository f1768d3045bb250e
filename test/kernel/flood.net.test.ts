import { writeSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { A, advert, B, BAD } from './support/adverts.js';
import { type Agent, Network } from './support/network.js';

const RATE = 100_000;
const FOR_MS = 4_000;
const EVERY_MS = 20;
const MIB = 2 ** 20;

let network: Network;
let a: Agent;
let flooder: Agent;
let peer: Agent;

beforeAll(async () => {
  network = new Network();
  [a, flooder, peer] = await Promise.all([
    network.agent(network.a),
    network.agent(network.b),
    network.agent(network.b),
  ]);
});
afterAll(() => network.remove());
afterEach(async () => {
  for (const agent of [a, peer]) {
    await agent.closeLan();
    await agent.heard();
  }
});

/** What stands in a report: figures, not judged here. */
const say = (text: string): number => writeSync(1, `      ${text}\n`);

describe('a flood of 100,000 packets a second that are no adverts for us', () => {
  it.each([
    [
      'of every kind that the kernel can sort out',
      [BAD['bad-ttl'], BAD['unknown-vrid'], BAD['bad-version'], BAD['bad-type']],
    ],
    ['that only a look at the checksum tells from adverts', [BAD['bad-checksum']]],
  ])('%s: all our adverts leave, those of others are heard, memory stays flat', async (_, packets) => {
    expect(await a.open('eth1', [50])).toBeNull();
    expect(await peer.open('eth1', [50])).toBeNull();
    // Once before: what the compiler and the heap take for themselves is not the flood's.
    await Promise.all([a.beat(advert, A, EVERY_MS, 50), flooder.flood('eth1', packets, RATE, 1_000)]);
    await Promise.all([a.heard(), peer.heard()]);

    const times = FOR_MS / EVERY_MS;
    const [ours, theirs, sent] = await Promise.all([
      a.beat(advert, A, EVERY_MS, times),
      peer.beat(advert, B, EVERY_MS, times),
      flooder.flood('eth1', packets, RATE, FOR_MS),
    ]);
    // The last of them may lie in the socket yet.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [heard, witnessed] = [await a.heard(), await peer.heard()];
    const late = [...ours.lateMs].sort((x, y) => x - y);
    const counted = Object.values(heard.dropped).reduce((n, count) => n + count, 0);
    const grown = (ours.rssAfter - ours.rssBefore) / MIB;
    const at = (part: number): string => (late[Math.ceil(part * late.length) - 1] ?? 0).toFixed(2);
    say(
      `sent ${Math.round(sent / (FOR_MS / 1000))}/s; adverts late by p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms;`,
    );
    say(
      `cpu ${(ours.cpu * 100).toFixed(1)} % of a core; ${counted} counted; resident memory ${grown.toFixed(1)} MiB more`,
    );

    expect(sent).toBeGreaterThan((0.2 * RATE * FOR_MS) / 1000);
    expect(ours.failures).toEqual([]);
    expect(witnessed.adverts.filter(({ from }) => from === A)).toHaveLength(times);
    expect(theirs.failures).toEqual([]);
    expect(heard.adverts).toHaveLength(times);
    expect(counted).toBeGreaterThan(100);
    expect(grown).toBeLessThan(24);
  });
});
