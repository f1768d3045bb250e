import { expect, it } from 'vitest';
import { modelOf } from '../../src/director/model.js';
import type { Shaped } from '../../src/director/reload-plan.js';
import { rehearseReload } from '../../src/director/reload-rehearsal.js';
import { configured, WEB } from './harness.js';

it('goes on with services that say the same, in the same order, each time with another object for the first', () => {
  const config = configured(`${WEB}    - { name: two, address: 10.0.0.2:80, servers: [{ address: 10.0.0.21:80 }] }\n`);
  let running: Shaped = { config, services: modelOf(config.ipvs) };
  const begun = running;
  const seen = new Set([begun.services[0]]);
  rehearseReload(
    () => running,
    (next) => {
      expect(next).toEqual(begun);
      expect(next.services[1]).toBe(begun.services[1]);
      seen.add(next.services[0]);
      running = next;
    },
  );
  expect(seen.size).toBe(4);
});

it('has nothing to rehearse without services', () => {
  const config = configured('vrrp: {}\n');
  rehearseReload(
    () => ({ config, services: [] }),
    () => expect.unreachable(),
  );
});
