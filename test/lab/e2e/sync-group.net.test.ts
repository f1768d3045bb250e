import { afterEach, describe, expect, it } from 'vitest';
import type { Lab } from '../lab.js';
import { pause, type Speaker } from './pair.js';
import { DOWN_MS, GroupPair, INTERVAL_MS, MARGIN_MS, type Priorities, SKEW_MS } from './sync-group.js';

const PLAIN: Priorities = { d1: [100, 100], d2: [50, 50] };
/** Each is the better one on one segment. */
const CROSSED: Priorities = { d1: [100, 50], d2: [50, 100] };

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

async function up(name: string, d1: Speaker, d2: Speaker, priorities: Priorities): Promise<GroupPair> {
  const pair = await GroupPair.up(name, d1, d2, priorities);
  lab = pair.lab;
  return pair;
}

/** A cable of d1 is cut and mended, then d1 stops: both addresses move each time, and never one for long. */
async function movesTogether(name: string, d1: Speaker, d2: Speaker): Promise<void> {
  const pair = await up(name, d1, d2, PLAIN);
  const better = await pair.start('d1');
  await pair.start('d2');
  await pair.alone('d1');
  await pause(5 * INTERVAL_MS);

  const cut = Date.now();
  await pair.lab.cut('d1', 'eth1');
  await pair.alone('d2');
  expect(await pair.gotBoth('d2', cut)).toBeLessThan(DOWN_MS + MARGIN_MS);
  const fault = 'interface eth1 has no carrier';
  expect([
    null,
    `VI_1 of VG_1 fault: ${fault}; VI_2 of VG_1 fault: sync group VG_1: VI_1 is in fault: ${fault}`,
  ]).toContain(await pair.states('d1'));
  expect([null, 'VI_1 of VG_1 master: ; VI_2 of VG_1 master: ']).toContain(await pair.states('d2'));

  await pair.lab.heal('d1', 'eth1');
  await pair.alone('d1');
  expect([null, 'VI_1 of VG_1 master: ; VI_2 of VG_1 master: ']).toContain(await pair.states('d1'));
  expect([null, 'VI_1 of VG_1 backup: ; VI_2 of VG_1 backup: ']).toContain(await pair.states('d2'));

  await pause(5 * INTERVAL_MS);
  const stop = Date.now();
  better.kill('SIGTERM');
  await pair.alone('d2');
  expect(await pair.gotBoth('d2', stop)).toBeLessThan(SKEW_MS + MARGIN_MS);
  pair.neverSplit();
}

describe('a sync group over two segments', () => {
  it('26, 36: moves as one between two directords, by a cable and by a stop', () =>
    movesTogether('sg-pair', 'directord', 'directord'));

  it('26, 36: moves as one from keepalived to directord, and back', () =>
    movesTogether('sg-from-k', 'keepalived', 'directord'));

  it('26, 36: moves as one from directord to keepalived, and back', () =>
    movesTogether('sg-to-k', 'directord', 'keepalived'));
});

describe('a sync group with crossed priorities', () => {
  it('stays where it is for ten intervals, with whoever serves', async () => {
    const pair = await up('sg-cross', 'directord', 'directord', CROSSED);
    const first = await pair.start('d1');
    await pair.alone('d1');
    await pair.start('d2');
    await quiet(pair);
    await pair.alone('d1');

    first.kill('SIGTERM');
    await pair.alone('d2');
    await first.exited;
    const again = await pair.start('d1');
    await quiet(pair);
    await pair.alone('d2');
    pair.neverSplit();
    expect(again.running).toBe(true);
  });

  it('goes to one of two that start at once, and stays there', async () => {
    const pair = await up('sg-race', 'directord', 'directord', CROSSED);
    await Promise.all([pair.start('d1'), pair.start('d2')]);
    await pair.either();
    await quiet(pair);
    await pair.either();
    pair.neverSplit();
  });
});

/** Nothing moves in ten intervals. */
async function quiet(pair: GroupPair): Promise<void> {
  await pause(DOWN_MS);
  const before = pair.changes;
  await pause(10 * INTERVAL_MS);
  expect(pair.changes - before).toBe(0);
}
