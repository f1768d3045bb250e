import { expect, it } from 'vitest';
import type { LinkCondition } from '../../src/core/vrrp/conditions.js';
import { LinkTracks } from '../../src/router/link-tracks.js';
import type { InterfaceTrack } from '../../src/router/settings.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { instant, millis, seconds } from '../../src/values/time.js';

const eth2: InterfaceTrack = {
  kind: 'interface',
  name: 'eth2',
  weight: -30,
  reverse: false,
  delays: { up: seconds(2), down: millis(500) },
};

it('a tracked interface that flaps counts when it stays, told at that moment without another look', async () => {
  const clock = new VirtualClock(instant(0));
  const told: string[] = [];
  const links: LinkTracks = new LinkTracks([eth2], { clock, alarms: new SimProcess(clock) }, () =>
    told.push(`${clock.now() / 1_000} ${says()}`),
  );
  const says = (): string =>
    links
      .tracked()
      .map((t) => t.verdict?.reason ?? 'up')
      .join();
  const look = (state: LinkCondition['state']): void => links.look([{ name: 'eth2', state }]);
  expect(says()).toBe('');
  look('up');
  expect(says()).toBe('up');
  look('no-carrier');
  await clock.advance(millis(499));
  look('up');
  await clock.advance(seconds(5));
  expect(told).toEqual([]);
  look('no-carrier');
  await clock.advance(millis(500));
  expect(told).toEqual(['5999 has no carrier']);
  links.look([]);
  expect(says()).toBe('does not exist');
  look('up');
  await clock.advance(seconds(2));
  expect(told.slice(1)).toEqual(['7999 up']);
});
