import { expect, it } from 'vitest';
import { rehearse } from '../../src/router/rehearsal.js';
import { settings } from '../model/rig.js';

it('a rehearsed takeover runs to its end and touches nothing of the instance that is rehearsed for', async () => {
  const given = settings({ tracks: [{ kind: 'script', name: 'chk', weight: 0, reverse: false }] });
  const before = structuredClone(given);
  await rehearse(given);
  expect(given).toEqual(before);
});
