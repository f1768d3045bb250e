import { describe, expect, it } from 'vitest';
import { instance, ReloadRig } from './reload-rig.js';

const A = '172.28.128.200/24';
const B = '172.28.128.201/24';
const C = '172.28.128.202/24';
const group = (name: string, ...ids: number[]) => ({ name, instances: ids.map((id) => `VI_${id}`) });
const states = (rig: ReloadRig) => rig.router.status().map((i) => `${i.name} ${i.state} ${i.group ?? 'alone'}`);
const hears = (rig: ReloadRig, id: number, vip: string) =>
  rig.says(200, { virtualRouterId: id, addresses: [vip] as never });

describe('a reload of sync groups', () => {
  it('leaves a group alone that is the same, and one that has another name', async () => {
    const list = [instance(50, [A]), instance(51, [B])];
    const rig = new ReloadRig(list, { groups: [group('VG', 50, 51)] });
    await rig.started(5.3);
    await rig.reload([instance(50, [A, C]), instance(51, [B])], { groups: [group('PAIR', 50, 51)] });
    await rig.until(8);
    expect(states(rig)).toEqual(['VI_50 master PAIR', 'VI_51 master PAIR']);
    expect(rig.adverts(50).length).toBe(5);
    hears(rig, 51, '172.28.128.201');
    await rig.until(8.01);
    expect(states(rig)).toEqual(['VI_50 backup PAIR', 'VI_51 backup PAIR']);
  });

  it('begins a group anew that somebody joins, and all of it is master together', async () => {
    const rig = new ReloadRig([instance(50, [A]), instance(51, [B])], { groups: [group('VG', 50, 51)] });
    await rig.started(5.3);
    const list = [instance(50, [A]), instance(51, [B]), instance(52, [C])];
    await rig.reload(list, { groups: [group('VG', 50, 51, 52)] });
    await rig.until(5.4);
    expect([50, 51].map((id) => rig.adverts(id).at(-1))).toEqual(['5.300 0', '5.300 0']);
    for (let at = 5.5; at < 9; at += 0.5) {
      await rig.until(at);
      hears(rig, 52, '172.28.128.202');
    }
    await rig.until(11);
    expect(states(rig)).toEqual(['VI_50 backup VG', 'VI_51 backup VG', 'VI_52 backup VG']);
    await rig.until(20);
    expect(states(rig)).toEqual(['VI_50 master VG', 'VI_51 master VG', 'VI_52 master VG']);
  });

  it('lets one leave, and the others go on', async () => {
    const list = [instance(50, [A]), instance(51, [B]), instance(52, [C])];
    const rig = new ReloadRig(list, { groups: [group('VG', 50, 51, 52)] });
    await rig.started(5.3);
    await rig.reload(list, { groups: [group('VG', 50, 51)] });
    hears(rig, 52, '172.28.128.202');
    await rig.until(6);
    expect(states(rig)).toEqual(['VI_50 master VG', 'VI_51 master VG', 'VI_52 backup alone']);
    await rig.reload(list.slice(0, 1));
    await rig.until(7);
    expect(states(rig)).toEqual(['VI_50 master alone']);
    expect(rig.adverts(50)).toEqual(['3.609 100', '4.609 100', '5.609 100', '6.609 100']);
  });

  it('sets free who waited for the others', async () => {
    const list = [instance(50, [A]), instance(51, [B])];
    const rig = new ReloadRig(list, { groups: [group('VG', 50, 51)] });
    await rig.started(0.1);
    const heard = async (until: number) => {
      for (let at = Math.ceil(Number(rig.time)); at < until; at += 1) {
        await rig.until(at);
        hears(rig, 51, '172.28.128.201');
      }
    };
    await heard(6);
    expect(states(rig)).toEqual(['VI_50 backup VG', 'VI_51 backup VG']);
    await rig.reload(list);
    await heard(7);
    expect(states(rig)).toEqual(['VI_50 master alone', 'VI_51 backup alone']);
    await rig.reload(list, { groups: [group('VG', 50, 51)] });
    await heard(14);
    expect(states(rig)).toEqual(['VI_50 backup VG', 'VI_51 backup VG']);
    await rig.until(20);
    expect(states(rig)).toEqual(['VI_50 master VG', 'VI_51 master VG']);
  });

  it('goes on when the one that was in fault is gone', async () => {
    const chk = { kind: 'script', name: 'chk', weight: 0, reverse: false } as const;
    const list = [instance(50, [A]), instance(51, [B], { tracks: [chk] }), instance(52, [C])];
    const rig = new ReloadRig(list, { groups: [group('VG', 50, 51, 52)] });
    await rig.started(0.1);
    rig.router.track('script/chk', { up: false, reason: 'exit 1' });
    await rig.until(6);
    expect(states(rig)).toEqual(['VI_50 fault VG', 'VI_51 fault VG', 'VI_52 fault VG']);
    await rig.reload([instance(50, [A]), instance(52, [C])], { groups: [group('VG', 50, 52)] });
    await rig.until(12);
    expect(states(rig)).toEqual(['VI_50 master VG', 'VI_52 master VG']);
  });
});
