import { expect, it } from 'vitest';
import { millis, seconds } from '../../src/values/time.js';
import { configured, TestDirector, World } from './harness.js';

const FILE = `
ipvs:
  services:
    - name: shop
      address: 10.0.0.1:443
      check: { type: https, interval: 1s }
      servers: [{ address: 10.0.0.11:443 }, { address: 10.0.0.12:443 }]
`;

it('status tells the days that a certificate has left as the latest check saw it, and none where none was shown', async () => {
  const world = new World();
  world.certificates.set('10.0.0.11:443', 40);
  const director = new TestDirector(world, configured(FILE));
  const days = async () => {
    const work = director.service.status();
    await world.clock.advance(millis(5));
    return (await work).services[0]?.servers.map(({ lastCheck }) => lastCheck?.certificateDays);
  };
  await world.clock.advance(seconds(2));
  expect(await days()).toEqual([40, undefined]);
  // Of checks with the same verdict and reason, too.
  world.certificates.set('10.0.0.11:443', 39);
  await world.clock.advance(seconds(2));
  expect(await days()).toEqual([39, undefined]);
  world.servers.set('10.0.0.11:443', 'refuses');
  await world.clock.advance(seconds(2));
  expect(await days()).toEqual([undefined, undefined]);
});
