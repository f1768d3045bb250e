import { expect, it } from 'vitest';
import { Soon } from '../../src/router/soon.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { millis } from '../../src/values/time.js';

it('what many ask for at once is done once, within its delay, and at once where somebody cannot wait', async () => {
  const clock = new VirtualClock();
  let done = 0;
  const soon = new Soon({ clock, alarms: new SimProcess(clock) }, millis(20), () => {
    done += 1;
  });
  for (let i = 0; i < 255; i += 1) soon.ask();
  expect(done).toBe(0);
  await clock.advance(millis(20));
  expect(done).toBe(1);
  soon.ask();
  soon.now();
  expect(done).toBe(2);
  await clock.advance(millis(100));
  expect(done).toBe(2);
  soon.ask();
  soon.close();
  soon.ask();
  await clock.advance(millis(100));
  expect(done).toBe(2);
});
