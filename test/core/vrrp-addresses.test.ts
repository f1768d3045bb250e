import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Event, initial, type Machine, step } from '../../src/core/vrrp/machine.js';
import { advertOf } from '../../src/core/vrrp/settings.js';
import { instant } from '../../src/values/time.js';
import { HIGH, LOW, ME, settings } from './vrrp-transcript.js';

const priority = fc.constantFrom(1, 100, 200, 254);
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('ready' as const), priority, source: fc.constant(ME), present: fc.constant(false) }),
  fc.record({ kind: fc.constant('fault' as const), silent: fc.boolean() }),
  fc
    .tuple(fc.constantFrom(LOW, HIGH), fc.constantFrom(0, 1, 100, 200, 255))
    .map(([from, heard]): Event => ({ kind: 'advert', from, advert: advertOf(settings(), heard) })),
  fc.constantFrom<Event>(
    { kind: 'timer' },
    { kind: 'robbed' },
    { kind: 'yield' },
    { kind: 'resume' },
    { kind: 'stop' },
  ),
  fc.record({ kind: fc.constantFrom('held' as const, 'refused' as const), term: fc.integer({ min: 1, max: 5 }) }),
);

// The kernel answers ARP and ND for the addresses that stand on the interface, and takes packets to them.
it('25, 30: has its addresses asked for while it is master, given back before it is anything else, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000_000 }), event), { maxLength: 80 }), (history) => {
      let machine: Machine = initial;
      let wanted = false;
      let now = 0;
      for (const [wait, each] of history) {
        now += wait;
        const next = step(settings(), machine, each, instant(now));
        machine = next.machine;
        for (const action of next.actions) {
          if (action.kind === 'hold') wanted = true;
          if (action.kind === 'release') wanted = false;
          if (action.kind === 'announce') expect(wanted && machine.state.kind === 'master').toBe(true);
        }
        expect(wanted).toBe(machine.state.kind === 'master');
      }
    }),
  );
});

it('37: announces only what the kernel has confirmed for this mastership, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000_000 }), event), { maxLength: 80 }), (history) => {
      let machine: Machine = initial;
      let confirmed = false;
      let now = 0;
      for (const [wait, each] of history) {
        now += wait;
        const before = machine;
        const { machine: next, actions } = step(settings(), machine, each, instant(now));
        machine = next;
        const { state } = before;
        if (each.kind === 'held' && state.kind === 'master' && state.term === each.term) confirmed = true;
        if (actions.some((a) => a.kind === 'announce')) expect(confirmed).toBe(true);
        if (actions.some((a) => a.kind === 'hold' || a.kind === 'release')) confirmed = false;
      }
    }),
  );
});
