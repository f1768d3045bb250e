import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  planSwitches,
  SWITCHES,
  type SwitchMemory,
  type SwitchName,
  type SwitchReading,
  type SwitchValues,
} from '../../../src/core/ipvs/switches.js';

const reading = (over: Partial<SwitchReading> = {}): SwitchReading => ({
  conn_reuse_mode: 1,
  expire_nodest_conn: 0,
  expire_quiescent_template: 0,
  ...over,
});
const WANTED: SwitchValues = { conn_reuse_mode: 1, expire_nodest_conn: 1, expire_quiescent_template: 1 };
const said = (plan: ReturnType<typeof planSwitches>): string[] =>
  plan.writes.map(({ kind, name, was, value }) => `${kind} ${name} ${was} to ${value}`);

describe('the switches that a drain needs', () => {
  it('are set where they are not, and what was there before is known beforehand', () => {
    const plan = planSwitches(WANTED, reading(), new Map());
    expect(said(plan)).toEqual(['set expire_nodest_conn 0 to 1', 'set expire_quiescent_template 0 to 1']);
    expect(plan.before).toEqual(
      new Map([
        ['conn_reuse_mode', { original: 1, ours: 1 }],
        ['expire_nodest_conn', { original: 0, ours: 1 }],
        ['expire_quiescent_template', { original: 0, ours: 1 }],
      ]),
    );
  });

  it('are repaired when somebody else changes them, also those that stood right from the start', () => {
    const { after } = planSwitches(WANTED, reading(), new Map());
    const plan = planSwitches(WANTED, reading({ conn_reuse_mode: 0, expire_nodest_conn: 1 }), after);
    expect(said(plan)).toEqual(['repair conn_reuse_mode 0 to 1', 'repair expire_quiescent_template 0 to 1']);
    expect(plan.after).toEqual(after);
  });

  it('are set to another value of the file, and what was before us is still known', () => {
    const { after } = planSwitches(WANTED, reading(), new Map());
    const standing = reading({ expire_nodest_conn: 1, expire_quiescent_template: 1 });
    const plan = planSwitches({ ...WANTED, conn_reuse_mode: 3, expire_nodest_conn: 0 }, standing, after);
    expect(said(plan)).toEqual(['set conn_reuse_mode 1 to 3', 'set expire_nodest_conn 1 to 0']);
    expect(plan.after.get('expire_nodest_conn')).toEqual({ original: 0, ours: 0 });
  });

  it('are put back when they are wanted no more, but for what somebody else has changed since', () => {
    const { after } = planSwitches(WANTED, reading(), new Map());
    const plan = planSwitches({}, reading({ expire_nodest_conn: 1, expire_quiescent_template: 7 }), after);
    expect(said(plan)).toEqual(['put-back expire_nodest_conn 1 to 0']);
    // Until it is done it is known.
    expect(plan.before).toEqual(after);
    expect(plan.after).toEqual(new Map());
  });

  it('are left alone where the kernel has them not', () => {
    const none = { conn_reuse_mode: null, expire_nodest_conn: null, expire_quiescent_template: null };
    expect(planSwitches(WANTED, none, new Map())).toEqual({ before: new Map(), writes: [], after: new Map() });
  });

  it('stand as wanted after each plan, and as they were before us in the end, whatever was wanted meanwhile', () => {
    const value = fc.integer({ min: 0, max: 3 });
    const wishes = fc.array(
      fc.record(Object.fromEntries(SWITCHES.map((n) => [n, fc.option(value, { nil: undefined })]))),
      { maxLength: 6 },
    );
    const first = fc.record(Object.fromEntries(SWITCHES.map((n) => [n, fc.option(value)])));
    fc.assert(
      fc.property(first, wishes, (start, wanted) => {
        let actual = start as SwitchReading;
        let memory: SwitchMemory = new Map();
        const follow = (wish: SwitchValues): void => {
          const plan = planSwitches(wish, actual, memory);
          for (const write of plan.writes) actual = { ...actual, [write.name]: write.value };
          memory = plan.after;
          for (const name of SWITCHES) {
            if (wish[name] !== undefined && actual[name] !== null) expect(actual[name]).toBe(wish[name]);
          }
          expect(planSwitches(wish, actual, memory).writes).toEqual([]);
        };
        for (const wish of wanted) follow(wish as Partial<Record<SwitchName, number>>);
        follow({});
        expect(actual).toEqual(start);
        expect(memory.size).toBe(0);
      }),
    );
  });
});
