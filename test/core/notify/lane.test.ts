import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notifyEnvironment } from '../../../src/core/notify/environment.js';
import {
  acknowledged,
  emptyLane,
  forgotten,
  handedOver,
  type Lane,
  put,
  unsent,
} from '../../../src/core/notify/lane.js';
import { commandArguments, fifoLine, sanitize, type Transition } from '../../../src/core/notify/transition.js';

const SEED = 20_260_101;
const states = ['master', 'backup', 'fault'] as const;

const transition = (over: Partial<Transition> = {}): Transition => ({
  sequence: 1,
  subject: 'instance',
  name: 'VI_1',
  from: 'backup',
  to: 'master',
  priority: 100,
  reason: null,
  time: '2026-01-01T00:00:00.000Z',
  folded: 0,
  ...over,
});

const shown = ({ waiting, sent }: Lane): string =>
  waiting
    .map((t, i) => `${t.sequence}${i < sent ? '!' : ''}:${t.from}>${t.to}${t.folded > 0 ? `(${t.folded})` : ''}`)
    .join(' ');

describe('a transition, as it is told', () => {
  it('is the line that keepalived 2.2.7 writes into its FIFO, and the arguments of its notify script', () => {
    expect(fifoLine(transition())).toBe('INSTANCE "VI_1" MASTER 100\n');
    expect(fifoLine(transition({ subject: 'group', name: 'VG_1', to: 'stop', priority: 0 }))).toBe(
      'GROUP "VG_1" STOP 0\n',
    );
    expect(commandArguments(transition({ to: 'fault' }))).toEqual(['INSTANCE', 'VI_1', 'FAULT', '100']);
  });

  it('has the state, its cause and its place in the environment, without a control character', () => {
    const facts = { interface: 'eth1', virtualRouterId: 50, addresses: ['172.28.128.200/24', '172.28.128.201/32'] };
    expect(notifyEnvironment(transition({ from: 'init', reason: 'one\ntwo\0three\u009b' }), facts)).toEqual({
      DIRECTORD_KIND: 'INSTANCE',
      DIRECTORD_NAME: 'VI_1',
      DIRECTORD_STATE: 'MASTER',
      DIRECTORD_PREVIOUS_STATE: 'INIT',
      DIRECTORD_PRIORITY: '100',
      DIRECTORD_REASON: 'one two three',
      DIRECTORD_TIME: '2026-01-01T00:00:00.000Z',
      DIRECTORD_SEQUENCE: '1',
      DIRECTORD_FOLDED: '0',
      DIRECTORD_INTERFACE: 'eth1',
      DIRECTORD_VIRTUAL_ROUTER_ID: '50',
      DIRECTORD_ADDRESSES: '172.28.128.200/24 172.28.128.201/32',
    });
    const group = notifyEnvironment(transition({ subject: 'group', name: 'VG_1' }), { instances: ['VI_1', 'VI_2'] });
    expect(group).toMatchObject({ DIRECTORD_KIND: 'GROUP', DIRECTORD_INSTANCES: 'VI_1 VI_2' });
    expect(group).not.toHaveProperty('DIRECTORD_INTERFACE');
    expect(sanitize('x'.repeat(5_000))).toHaveLength(1_000);
  });
});

describe('a lane of transitions', () => {
  it('hands out one after the other, and again all that a director took with it', () => {
    let lane = [1, 2, 3].reduce((l, sequence) => put(l, transition({ sequence }), 64).lane, emptyLane);
    expect(unsent(lane, 1).map((t) => t.sequence)).toEqual([1]);
    lane = handedOver(lane);
    expect(unsent(lane, 1)).toEqual([]);
    expect(unsent(forgotten(lane), 1).map((t) => t.sequence)).toEqual([1]);
    lane = acknowledged(lane, 1).lane;
    expect(unsent(lane, 1).map((t) => t.sequence)).toEqual([2]);
    // Nobody can acknowledge what he was not told.
    expect(acknowledged(lane, 99)).toEqual({ lane, done: [] });
  });

  it('beyond its bound folds the oldest intermediate one into the next of its subject', () => {
    let lane = handedOver(put(emptyLane, transition({ sequence: 1, from: 'init', to: 'backup' }), 3).lane);
    lane = put(lane, transition({ sequence: 2 }), 3).lane;
    lane = put(lane, transition({ sequence: 3, from: 'master', to: 'fault' }), 3).lane;
    const { lane: next, folded } = put(lane, transition({ sequence: 4, from: 'fault', to: 'backup' }), 3);
    expect(folded).toBe(1);
    expect(shown(next)).toBe('1!:init>backup 3:backup>fault(1) 4:fault>backup');
  });

  it('folds what was not told yet into a stop, which does not wait for what runs', () => {
    let lane = handedOver(put(emptyLane, transition({ sequence: 1, from: 'init', to: 'backup' }), 64).lane);
    lane = put(lane, transition({ sequence: 2 }), 64).lane;
    lane = put(lane, transition({ sequence: 3, from: 'master', to: 'stop' }), 64).lane;
    expect(shown(lane)).toBe('1!:init>backup 3:backup>stop(1)');
    expect(unsent(lane, 1).map((t) => t.sequence)).toEqual([3]);
  });

  it('tells every subject an unbroken chain that ends where it is, and counts what it left out', () => {
    const move = fc.record({
      kind: fc.constantFrom('put', 'put', 'put', 'send', 'done', 'restart'),
      who: fc.integer({ min: 0, max: 2 }),
      to: fc.constantFrom(...states),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 200 }), fc.integer({ min: 4, max: 8 }), (moves, bound) => {
        let lane = emptyLane;
        let sequence = 0;
        const now = new Map<string, Transition['from']>();
        const told = new Map<string, Transition[]>();
        let puts = 0;
        for (const { kind, who, to } of moves) {
          const name = `VI_${who}`;
          if (kind === 'put') {
            sequence += 1;
            puts += 1;
            lane = put(lane, transition({ sequence, name, from: now.get(name) ?? 'init', to }), bound).lane;
            now.set(name, to);
          } else if (kind === 'send' && unsent(lane, 2).length > 0) lane = handedOver(lane);
          else if (kind === 'restart') lane = forgotten(lane);
          else if (kind === 'done' && lane.sent > 0) {
            const [first] = lane.waiting as [Transition];
            told.set(first.name, [...(told.get(first.name) ?? []), first]);
            lane = acknowledged(lane, first.sequence).lane;
          }
          // Two that are sent, and the last of each of the three, stay whatever the bound.
          expect(lane.waiting.length).toBeLessThanOrEqual(Math.max(bound, 2 + 3));
        }
        for (const t of lane.waiting) told.set(t.name, [...(told.get(t.name) ?? []), t]);
        const all = [...told.values()].flat();
        expect(all.length + all.reduce((sum, t) => sum + t.folded, 0)).toBe(puts);
        for (const [name, chain] of told) {
          expect(chain.at(-1)?.to).toBe(now.get(name));
          chain.reduce<Transition['from']>((before, t) => {
            expect(t.from).toBe(before);
            return t.to;
          }, 'init');
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
