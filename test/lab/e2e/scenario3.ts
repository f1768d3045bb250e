import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vip3 } from '../topologies/scenario3.js';
import { pause, until } from './pair.js';
import { ADDRESS, limit, Proxies, scenario3Yaml, URL } from './proxies.js';

/** Longer than an interval of the script and the skew: what would move has moved by then. */
const WHILE = 3_000;

const report = (what: string, tookMs: number, scriptMs: number, limitMs: number): void => {
  const [took, script, most] = [tookMs, scriptMs, limitMs].map((ms) => ms.toFixed(0));
  process.stdout.write(`${what} ${took} ms after killall, of which ${script} ms until the script; limit ${most} ms\n`);
};

/**
 * Scenario 3 as its operators wrote it, with real HAProxy; steps in order, each begins where the last one ended.
 * @param speed `real`: this machine's own. `slow`: an emulated one, where to start the script beside HAProxy's can take longer
 * than the script may. There it has 5 s instead of 1 s, and what must move nothing is left to the real one.
 */
export function scenario3Steps(
  name: string,
  speed: 'real' | 'slow',
  more: (up: () => Proxies) => void = () => {},
): void {
  // What starting a process, and the lab's kernel, may add, in ms.
  const marginMs = speed === 'real' ? 150 : 600;
  const interval = speed === 'real' ? 1 : 5;
  const limitMs = limit(interval);
  // Where time is coarse they have nothing to say.
  const onReal = (title: string, run: () => Promise<void>, withinMs?: number): void => {
    if (speed === 'real') it(title, run, withinMs);
  };
  describe('scenario 3: two hosts with HAProxy and equal priorities', () => {
    let proxies: Proxies;
    beforeAll(async () => {
      proxies = await Proxies.up(name, interval);
    }, 200_000);
    afterAll(async () => {
      await proxies?.lab.down();
    });

    it('serves both web servers by way of the address, which is on the master alone, as the file says it', async () => {
      expect((await proxies.client.requests(20, URL)).byBody).toEqual({ w1: 10, w2: 10 });
      const address = (await proxies.host('h1').addresses('eth1')).find(({ cidr }) => cidr === `${vip3}/32`);
      expect(address).toMatchObject({ broadcast: '10.0.0.255', scope: 'global' });
      expect(await proxies.state('h2')).toBe('backup');
    });

    onReal(
      'nothing moves it while all is well, though the higher address stands by; nor does a reload of HAProxy',
      async () => {
        await proxies.nothingMoves('h1', WHILE);
        await proxies.nothingMoves('h1', WHILE, () => proxies.reload('h1'));
        await proxies.nothingMoves('h1', WHILE, () => proxies.reload('h2'));
      },
    );

    onReal('`killall haproxy` on the standby moves nothing', async () => {
      await proxies.nothingMoves('h1', WHILE, () => proxies.killall('h2'));
      await until(async () => (await proxies.state('h2')) === 'fault', 5_000, 'h2 in fault');
      await proxies.haproxy('h2');
      await until(async () => (await proxies.state('h2')) === 'backup', 5_000, 'h2 well again');
    });

    it('`killall haproxy` on the master moves it within interval × fall + skew, and it does not flap back', async () => {
      const { tookMs, scriptMs } = await proxies.moves('h1');
      report('h1 → h2', tookMs, scriptMs, limitMs);
      expect(tookMs).toBeLessThan(limitMs + marginMs);
      expect((await proxies.client.requests(10, URL)).byBody).toEqual({ w1: 5, w2: 5 });
      await proxies.nothingMoves('h2', 2 * WHILE, async () => {
        await proxies.haproxy('h1');
      });
      await until(async () => (await proxies.state('h1')) === 'backup', 10_000, 'h1 in BACKUP');
    });

    it('and the other way round: the lower address keeps it just so', async () => {
      const { tookMs, scriptMs } = await proxies.moves('h2');
      report('h2 → h1', tookMs, scriptMs, limitMs);
      expect(tookMs).toBeLessThan(limitMs + marginMs);
      await proxies.nothingMoves('h1', 2 * WHILE, async () => {
        await proxies.haproxy('h2');
      });
    });

    more(() => proxies);

    onReal('a script that takes most of its interval moves nothing', async () => {
      const slow = '[/bin/sh, -c, "sleep 0.6; exec killall -0 haproxy"]';
      await proxies.stop('h2');
      await proxies.directord(
        'h2',
        scenario3Yaml('h2', interval).replace(/\[\/usr\/bin\/killall, "-0", haproxy\]/, slow),
      );
      await proxies.stop('h1');
      await proxies.master('h2');
      await proxies.directord('h1');
      await until(async () => (await proxies.state('h1')) === 'backup', 20_000, 'h1 in BACKUP');
      await proxies.nothingMoves('h2', 2 * WHILE);
    });

    it('where both claim at once, the higher address wins', async () => {
      await Promise.all([proxies.stop('h1'), proxies.stop('h2')]);
      await proxies.lab.partition(['h1'], ['h2']);
      await Promise.all([proxies.directord('h1'), proxies.directord('h2')]);
      await until(
        async () => (await proxies.holders()).length === 2,
        30_000,
        'two masters that do not hear each other',
      );
      const capture = await proxies.client.tcpdump('eth1', 'proto 112');
      await proxies.lab.reunite();
      await proxies.master('h2');
      await pause(WHILE);
      const adverts = (await capture.stop()).filter((p) => p.vrrp !== undefined);
      const late = adverts.filter((p) => p.at > (adverts[0]?.at ?? 0) + 2_000_000);
      expect(new Set(late.map((p) => p.ip?.source))).toEqual(new Set([ADDRESS.h2]));
    });
  });
}
