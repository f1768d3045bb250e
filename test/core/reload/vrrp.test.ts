import { describe, expect, it } from 'vitest';
import { type InstanceShape, rejoining, type VrrpShape } from '../../../src/core/reload/vrrp.js';

const one = (id: number, over: Partial<InstanceShape> = {}): InstanceShape => ({
  key: `eth1 IPv4 ${id}`,
  name: `VI_${id}`,
  version: 3,
  priority: 100,
  virtualMac: null,
  ...over,
});
const shape = (instances: readonly InstanceShape[], ...groups: (readonly string[])[]): VrrpShape => ({
  instances,
  groups: groups.map((names, i) => ({ name: `VG_${i + 1}`, instances: names })),
});
const why = (before: VrrpShape, after: VrrpShape) => [...rejoining(before, after)];

describe('instances that cannot go on when the file changes', () => {
  it('are none where only what can change in place does', () => {
    const before = shape([one(50), one(51)], ['VI_50', 'VI_51']);
    expect(why(before, before)).toEqual([]);
    expect(why(before, shape([one(51), one(50, { priority: 200, name: 'x' })], ['VI_51', 'x']))).toEqual([]);
    expect(why(before, shape([one(52), one(50)]))).toEqual([]);
  });

  it('are those of another version, another virtual MAC, or another owner', () => {
    const before = shape([one(50), one(51), one(52, { virtualMac: 'vrrp.52 virtual' }), one(53, { priority: 255 })]);
    const after = shape([
      one(50, { version: 2 }),
      one(51, { priority: 255 }),
      one(52, { virtualMac: 'vrrp.52 base' }),
      one(53),
    ]);
    expect(why(before, after)).toEqual([
      ['eth1 IPv4 50', 'version 3 -> 2'],
      ['eth1 IPv4 51', 'owns its addresses now'],
      ['eth1 IPv4 52', 'another virtual MAC'],
      ['eth1 IPv4 53', 'no longer owns its addresses'],
    ]);
  });

  it('are all of a sync group that somebody joins, or in which one cannot go on', () => {
    const [a, b, c] = [one(50), one(51), one(52)];
    const both = ['VI_50', 'VI_51'];
    const anew = 'sync group VG_1 begins anew';
    expect(why(shape([a, b]), shape([a, b], both)).map(([, text]) => text)).toEqual([anew, anew]);
    expect(why(shape([a, b], both), shape([a, b, c], [...both, 'VI_52'])).map(([key]) => key)).toEqual([a.key, b.key]);
    expect(why(shape([a, b], both), shape([a, one(51, { version: 2 })], both))).toEqual([
      [b.key, 'version 3 -> 2'],
      [a.key, anew],
    ]);
    expect(why(shape([a, b, c], [...both, 'VI_52']), shape([a, b, c], both))).toEqual([]);
  });
});
