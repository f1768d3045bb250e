import { expect, it } from 'vitest';
import { instance, partOf, ReloadRig } from './reload-rig.js';

const one = instance(50, ['172.28.128.200/24']);
const two = instance(51, ['172.28.128.201/24']);

it('a router knows which instances it runs already, before a reload and after it', async () => {
  const rig = new ReloadRig([one, two]);
  await rig.started(1);
  expect(rig.router.runs(partOf([one, two]))).toBe(true);
  // As read from a file once more: other objects that say the same.
  expect(rig.router.runs(partOf(structuredClone([one, two])))).toBe(true);
  const others = [[two, one], [one], [one, two, instance(52, [])], [{ ...one, priority: 99 }, two]];
  for (const list of others) expect(rig.router.runs(partOf(list))).toBe(false);
  const changed = [{ ...one, priority: 99 }, instance(52, ['172.28.128.202/24'])];
  expect(await rig.reload(changed)).toBeNull();
  expect(rig.router.runs(partOf(changed))).toBe(true);
  expect(rig.router.runs(partOf([one, two]))).toBe(false);
});
