import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AlarmHeap, type Waiting } from '../../src/kernel/alarm-heap.js';
import { instant } from '../../src/values/time.js';

const entry = (): Waiting => ({ wake: instant(0), place: -1 });

it('the heap gives what waits in the order of time, whatever was moved and taken out before', () => {
  const step = fc.record({ entry: fc.nat(19), at: fc.nat(1000), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new AlarmHeap<Waiting>();
      const entries = Array.from({ length: 20 }, entry);
      const expected = new Map<Waiting, number>();
      for (const { entry: i, at, remove } of steps) {
        const one = entries[i] as Waiting;
        if (remove) {
          heap.remove(one);
          expected.delete(one);
        } else {
          heap.put(one, instant(at));
          expected.set(one, at);
        }
        expect(heap.size).toBe(expected.size);
        expect(heap.first?.wake).toBe(expected.size === 0 ? undefined : Math.min(...expected.values()));
      }
      const order: number[] = [];
      for (let first = heap.first; first !== undefined; first = heap.first) {
        order.push(first.wake);
        heap.remove(first);
      }
      expect(order).toEqual([...expected.values()].sort((a, b) => a - b));
      expect(entries.every(({ place }) => place === -1)).toBe(true);
    }),
  );
});
