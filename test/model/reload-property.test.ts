import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstanceSettings } from '../../src/router/settings.js';
import { millis, seconds } from '../../src/values/time.js';
import { address, instance, ReloadRig } from './reload-rig.js';

const POOL = [1, 2, 3, 4, 5].map((n) => `172.28.128.20${n}/24`);
const chk = (weight: number) => ({ kind: 'script', name: 'chk', weight, reverse: false }) as const;

/** One instance as a file might have it. */
const drawn = fc.record({
  id: fc.integer({ min: 50, max: 53 }),
  version: fc.constantFrom(2 as const, 3 as const),
  priority: fc.constantFrom(50, 100, 200, 254),
  interval: fc.constantFrom(seconds(1), seconds(2)),
  preempt: fc.boolean(),
  weight: fc.constantFrom(null, 0, 10, -20),
  named: fc.boolean(),
  label: fc.constantFrom(null, 'eth1:vip'),
  count: fc.integer({ min: 1, max: 3 }),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** Each address belongs to one instance. */
function listOf(all: readonly Drawn[]): InstanceSettings[] {
  const pool = [...POOL];
  return all.flatMap((d) => {
    const own = pool.splice(0, d.count);
    if (own.length === 0) return [];
    const over = {
      priority: d.priority,
      tracks: d.weight === null ? [] : [chk(d.weight)],
      ...(d.named ? { name: `named${d.id}` } : {}),
      addresses: own.map((text) => address(text, { label: d.label })),
    };
    const { version, interval, preempt } = d;
    const auth = version === 2 ? ({ type: 'pass', password: 'netology' } as const) : ({ type: 'none' } as const);
    return [instance(d.id, own, over, { version, interval, preempt, auth })];
  });
}

const file = fc
  .tuple(fc.uniqueArray(drawn, { selector: (d) => d.id, minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 2 }))
  .map(([all, grouped]) => {
    const list = listOf(all);
    const names = list.slice(0, grouped).map((s) => s.name);
    return { list, groups: names.length > 1 ? [{ name: 'VG', instances: names }] : [] };
  });

/** Who does not preempt is what it has been: that goes by what was before. */
const preempting = (list: readonly InstanceSettings[]): InstanceSettings[] =>
  list.map((s) => ({ ...s, vrrp: { ...s.vrrp, preempt: true } }));

/** A neighbour that is master of the first two VRIDs, with priority 150, until it is silent. */
async function live(rig: ReloadRig, until: number, speaks: boolean): Promise<void> {
  for (let at = Math.ceil(Number(rig.time) * 2 + 0.001) / 2; at <= until; at += 0.5) {
    await rig.until(at);
    for (const { settings } of speaks ? rig.router.status().map((s) => ({ settings: s })) : []) {
      if (settings.virtualRouterId > 51 || at % 1 !== 0) continue;
      const { virtualRouterId, version, addresses } = settings;
      const list = addresses.map((text) => text.split('/')[0]) as never;
      rig.says(150, {
        virtualRouterId,
        addresses: list,
        version,
        ...(version === 3 ? { checksum: 'pseudo_header' } : {}),
      } as never);
    }
  }
}

const steady = (rig: ReloadRig) => ({
  status: rig.router
    .status()
    .map(({ since: _s, counters: _c, conditions: _n, reasons: _r, adminSince: _a, ...rest }) => rest),
  standing: [...rig.standing].sort(),
});

describe('a reload from one configuration to another', () => {
  it('leads to what a start with the other one leads to, whenever it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        file,
        file,
        fc.integer({ min: 0, max: 9_000 }),
        fc.boolean(),
        fc.boolean(),
        async (first, second, at, up, speaks) => {
          const [a, b] = speaks ? [first, second].map((f) => ({ ...f, list: preempting(f.list) })) : [first, second];
          if (a === undefined || b === undefined) return;
          const verdict = { up, reason: up ? null : 'exit 1' };
          const reloaded = new ReloadRig(a.list, { groups: a.groups });
          reloaded.router.start();
          reloaded.router.track('script/chk', verdict);
          await live(reloaded, at / 1e3, speaks);
          await reloaded.until(at / 1e3);
          expect(await reloaded.reload(b.list, { groups: b.groups, tracks: ['script/chk'] })).toBeNull();
          await live(reloaded, 60, speaks);
          const fresh = new ReloadRig(b.list, { groups: b.groups });
          fresh.router.start();
          fresh.router.track('script/chk', verdict);
          await live(fresh, 60, speaks);
          expect(steady(reloaded)).toEqual(steady(fresh));
          const before = reloaded.frames.length;
          const settings = [reloaded.events.length, reloaded.logged.length];
          expect(await reloaded.reload(b.list, { groups: b.groups, tracks: ['script/chk'] })).toBeNull();
          expect(reloaded.frames.length).toBe(before);
          expect([reloaded.events.length, reloaded.logged.length]).toEqual(settings);
          for (const router of [reloaded, fresh]) router.clock.during(router.router.stop());
          await Promise.all([reloaded.until(70), fresh.until(70)]);
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);

  it('takes so few instances in a turn that adverts come in between, and with 255 of them as well', async () => {
    const many = (priority: number) =>
      Array.from({ length: 255 }, (_, i) =>
        instance(i + 1, [`10.1.${i}.1/24`], { priority }, { interval: millis(1_000) }),
      );
    const rig = new ReloadRig(many(100));
    await rig.started(5.3);
    let turns = 0;
    const plain = rig.process.alarm.bind(rig.process);
    rig.process.alarm = (fire) =>
      plain(() => {
        turns += 1;
        fire();
      });
    expect(await rig.reload(many(101))).toBeNull();
    expect(turns).toBeGreaterThan(255 / 8);
    await rig.until(8);
    expect(rig.router.states.every(({ state }) => state === 'master')).toBe(true);
    expect(rig.adverts(7)).toEqual(['3.609 100', '4.609 100', '5.609 101', '6.609 101', '7.609 101']);
  }, 30_000);
});
