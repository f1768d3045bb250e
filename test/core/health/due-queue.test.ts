import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Due, DueQueue } from '../../../src/core/health/due-queue.js';
import { instant } from '../../../src/values/time.js';

it('gives the items in order of their times, whatever was removed in between', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), fc.boolean())), (list) => {
      const queue = new DueQueue<Due>();
      const items = list.map(([due]) => ({ due: instant(due), slot: -1 }));
      for (const item of items) queue.add(item);
      const kept = items.filter((item, i) => {
        const remove = list[i]?.[1] === true;
        if (remove) queue.remove(item);
        if (remove) queue.remove(item);
        return !remove;
      });
      const taken: number[] = [];
      for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item.due);
      expect(taken).toEqual(kept.map((k) => k.due).sort((a, b) => a - b));
      expect(items.every((item) => item.slot === -1)).toBe(true);
    }),
  );
});
