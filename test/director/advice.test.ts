import { describe, expect, it } from 'vitest';
import type { Advice } from '../../src/core/ipvs/advice.js';
import { SILENT } from '../../src/core/ipvs/advice.js';
import { millis, seconds } from '../../src/values/time.js';
import { configured, TestDirector, World } from './harness.js';

const AGENT = `
ipvs:
  services:
    - name: web
      address: 10.0.0.1:80
      scheduler: wrr
      check: { type: tcp, interval: 1s, timeout: 500ms }
      agent: { port: 8081, interval: 1s }
      servers:
        - { address: 10.0.0.11:80, weight: 10 }
        - { address: 10.0.0.12:80, weight: 4 }
    - name: tls
      address: 10.0.0.1:443
      agent: { port: 8081, interval: 1s }
      servers:
        - { address: 10.0.0.11:443, weight: 100 }
`;
const percent = (n: number): Advice => ({ ...SILENT, weight: { kind: 'percent', percent: n } });
const mode = (word: 'ready' | 'drain' | 'maint'): Advice => ({ ...SILENT, mode: word });
const down: Advice = { ...SILENT, works: { up: false, word: 'stopped', why: 'deploying' } };
const up: Advice = { ...SILENT, works: { up: true } };

async function started(text = AGENT) {
  const world = new World();
  const director = new TestDirector(world, configured(text));
  await world.until(
    () => director.control !== null && world.table().some((line) => line.includes('11:80=')),
    seconds(5),
  );
  /** The agent of 10.0.0.11 says something from now on, and is asked. */
  const says = async (advice: Advice | null, who = '10.0.0.11:8081') => {
    if (advice === null) world.servers.set(who, 'refuses');
    else world.advice.set(who, advice);
    await world.clock.advance(millis(1_100));
    return world.table();
  };
  const status = async () => (await director.service.status()).services[0]?.servers[0];
  return { world, director, says, status };
}

describe('agents of servers', () => {
  it('give each server its share of the weight, in every service, beside its check', async () => {
    const { says, director } = await started();
    expect(await says(percent(50))).toEqual([
      'tcp/10.0.0.1:80: 10.0.0.11:80=5 10.0.0.12:80=4',
      'tcp/10.0.0.1:443: 10.0.0.11:443=50',
    ]);
    expect((await says(percent(120)))[0]).toContain('10.0.0.11:80=12');
    // Once a second another weight is no event.
    expect(director.events().filter((line) => line.includes('agent'))).toEqual([]);
  });

  it('ask once for all services of a server', async () => {
    const { world } = await started();
    const before = world.probes;
    await world.clock.advance(seconds(10));
    // Two checks and two agents.
    expect(world.probes - before).toBe(40);
  });

  it('take a server down and up again, and nobody else can take that back', async () => {
    const { says, director, status } = await started();
    expect(await says(down)).toEqual(['tcp/10.0.0.1:80: 10.0.0.12:80=4', 'tcp/10.0.0.1:443:']);
    expect((await says(percent(50)))[0]).toBe('tcp/10.0.0.1:80: 10.0.0.12:80=4');
    expect(await status()).toMatchObject({
      health: 'down',
      advisedWeight: 5,
      agent: { address: '10.0.0.11:8081', says: 'stopped (deploying), 50%', lastAnswer: { ok: true } },
    });
    expect(director.events()).toContain('server web 10.0.0.11:80: down (its agent says stopped (deploying))');
    expect((await says(up))[0]).toBe('tcp/10.0.0.1:80: 10.0.0.11:80=5 10.0.0.12:80=4');
    expect(director.events()).toContain('server web 10.0.0.11:80: up (its agent does not keep it down any more)');
    expect(director.events()).toContain('service tls: down (no server is up and takes new connections)');
  });

  it('do not bring up what its check says is down', async () => {
    const { says, world, director } = await started();
    await says(down);
    world.servers.set('10.0.0.11:80', 'refuses');
    await world.clock.advance(seconds(4));
    expect((await says(up))[0]).toBe('tcp/10.0.0.1:80: 10.0.0.12:80=4');
    world.servers.set('10.0.0.11:80', 'answers');
    await world.clock.advance(seconds(2));
    expect(world.table()[0]).toContain('10.0.0.11:80=10');
    expect(director.events().filter((line) => line.startsWith('server web 10.0.0.11:80: up'))).toHaveLength(2);
  });

  it('drain, put into maintenance, and take that back', async () => {
    const { says, director } = await started();
    expect((await says(mode('drain')))[0]).toContain('10.0.0.11:80=0');
    expect((await says(mode('maint')))[0]).not.toContain('10.0.0.11:80');
    expect((await says(mode('ready')))[0]).toContain('10.0.0.11:80=10');
    expect(director.events()).toContain('agent web 10.0.0.11:80: drain');
    expect(director.events()).toContain('server web 10.0.0.11:80: down (its agent says maint)');
  });

  it('that die change nothing', async () => {
    const { says, status, director } = await started();
    await says(percent(50));
    expect((await says(null))[0]).toContain('10.0.0.11:80=5');
    expect(await status()).toMatchObject({
      health: 'up',
      agent: { says: '50%', lastAnswer: { ok: false, reason: 'connection refused' } },
    });
    expect(director.events().filter((line) => line.includes(': down'))).toEqual([]);
  });

  it('give way to a weight that an administrator sets, and to his drain', async () => {
    const { says, world, director } = await started();
    await says(percent(50));
    await director.service.weight({ address: '10.0.0.11:80' }, 7);
    await world.clock.advance(millis(100));
    expect(world.table()[0]).toContain('10.0.0.11:80=7');
  });

  it('begin anew after a restart of the daemon', async () => {
    const { says, world, director } = await started();
    await says(down);
    director.kill();
    world.advice.clear();
    world.servers.set('10.0.0.11:8081', 'silent');
    const next = new TestDirector(world, configured(AGENT));
    await world.until(() => world.table()[0]?.includes('10.0.0.11:80=10') === true, seconds(3));
    expect(next.events().filter((line) => line.includes('its agent'))).toEqual([]);
  });

  it('are asked soon after a restart, and until then each server is in the table as it was found, or not at all', async () => {
    const text = AGENT.replaceAll('interval: 1s }', 'interval: 1h }');
    const { world, director } = await started(text);
    await world.clock.advance(seconds(2));
    director.kill();
    const [kept, away] = ['10.0.0.11:8081', '10.0.0.12:8081'];
    world.advice.set(kept, percent(50));
    world.advice.set(away, mode('maint'));
    const second = new TestDirector(world, configured(text));
    const asked = ['tcp/10.0.0.1:80: 10.0.0.11:80=5', 'tcp/10.0.0.1:443: 10.0.0.11:443=50'];
    await world.until(() => world.table().join() === asked.join(), seconds(2));
    second.kill();
    const third = new TestDirector(world, configured(text));
    const seen = new Set<string>();
    for (let i = 0; i < 300; i++) {
      await world.clock.advance(millis(10));
      seen.add(world.table().join());
    }
    expect([...seen]).toEqual([asked.join()]);
    expect((await third.service.status()).services.map(({ state }) => state)).toEqual(['up', 'up']);
    third.kill();

    // Who does not answer is in the table as the file has it, as soon as that is known.
    world.servers.set(away, 'silent');
    new TestDirector(world, configured(text));
    await world.clock.advance(millis(200));
    expect(world.table()).toEqual(asked);
    await world.until(() => world.table()[0]?.includes('10.0.0.12:80=4') === true, seconds(4));
  });

  it('leave a server where it is that gets one by a reload', async () => {
    const world = new World();
    const director = new TestDirector(world, configured(AGENT.replaceAll(/^ +agent:.*\n/gm, '')));
    await world.until(() => world.table().some((line) => line.includes('12:80=4')), seconds(5));
    const before = world.table();
    world.servers.set('10.0.0.11:8081', 'silent');
    world.servers.set('10.0.0.12:8081', 'silent');
    world.file = AGENT;
    expect((await director.service.reload(false, () => {})).ok).toBe(true);
    for (let i = 0; i < 30; i++) {
      await world.clock.advance(millis(100));
      expect(world.table()).toEqual(before);
    }
  });
});

describe('checks that know weights', () => {
  it('set the weight by a script, also while nothing else changes, and keep it while the script does not say', async () => {
    const { world, says } = await started(
      AGENT.replace('{ type: tcp, ', '{ type: script, command: [/bin/true], dynamic: true, '),
    );
    world.advice.set('10.0.0.11:80', { ...SILENT, weight: { kind: 'absolute', weight: 40 } });
    await world.clock.advance(millis(1_100));
    expect(world.table()[0]).toContain('10.0.0.11:80=40 10.0.0.12:80=4');
    expect((await says(percent(50)))[0]).toContain('10.0.0.11:80=20');
    world.advice.delete('10.0.0.11:80');
    await world.clock.advance(seconds(3));
    expect(world.table()[0]).toContain('10.0.0.11:80=20');
  });
});
