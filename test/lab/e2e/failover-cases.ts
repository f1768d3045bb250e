import { afterAll, beforeAll, describe, it } from 'vitest';
import { failover, type StepName } from './failover.js';
import { Pair, type Speaker } from './pair.js';

/** What the lab's one slow processor may add, in ms; `npm run bench` measures the figure itself. */
const MARGIN = 400;

/** Every way in which the first director can go, with these two. */
export function failovers(d1: Speaker, d2: Speaker): void {
  describe(`scenario 1 with ${d1} as first director and ${d2} as second`, () => {
    let pair: Pair;
    beforeAll(async () => {
      pair = await Pair.up(`f${d1[0]}${d2[0]}`, d1, d2);
    }, 200_000);
    afterAll(async () => {
      await pair?.lab.down();
    });

    const cases: readonly (readonly [string, StepName])[] = [
      ['a stop (SIGTERM) hands over after the skew', 'stop'],
      ['a cut cable hands over after Master_Down_Interval', 'cut'],
      ['a killed VRRP process (SIGKILL) hands over after Master_Down_Interval', 'kill'],
      ['a host without power hands over after Master_Down_Interval', 'crash'],
    ];
    // Debian's keepalived leaves its address behind when it is killed: two hosts answer for it, which no backup can mend.
    const possible = d1 === 'keepalived' ? cases.filter(([, step]) => step !== 'kill') : cases;
    it.each(possible)(
      '%s, service goes on by way of the other, and the first one back preempts',
      async (_, step) => {
        await failover(pair, step, MARGIN);
      },
      150_000,
    );
  });
}
