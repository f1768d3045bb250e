import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/values/time.js';
import { configured, TestDirector, WEB, World } from './harness.js';

const KERNEL = { tcp: 900, tcp_fin: 120, udp: 300 };
const keys = (text: string): string => WEB.replace('ipvs:\n', `ipvs:\n${text}`);
const TIMEOUTS = '  timeouts: { tcp: 60s, udp: 300s }\n';

async function started(world = new World(), yaml = keys(TIMEOUTS)) {
  const director = new TestDirector(world, configured(yaml));
  await world.clock.advance(seconds(3));
  return { world, director };
}

const stop = async (world: World, director: TestDirector): Promise<void> => {
  director.hear({ kind: 'stop' });
  await world.until(() => director.ending !== null, seconds(5));
};

async function problems(world: World, director: TestDirector): Promise<readonly string[]> {
  let found: readonly string[] | null = null;
  void director.service.status().then((status) => {
    found = status.problems;
  });
  await world.until(() => found !== null, seconds(20));
  return found ?? [];
}

describe('the kernel’s timeouts of connections', () => {
  it('are neither read nor written where the file has none', async () => {
    const { world, director } = await started(new World(), WEB);
    await world.clock.advance(seconds(10));
    expect([world.timeouts.reads, world.timeouts.tried]).toEqual([0, []]);
    await stop(world, director);
    expect(world.store.files.has('timeouts.json')).toBe(false);
  });

  it('are set at the start, those that differ alone, remembered before that, and told', async () => {
    const { world, director } = await started();
    expect(world.timeouts.tried).toEqual(['tcp=60']);
    expect(director.lines).toContain('info kernel timeout tcp set: was 900s, is 60s');
    expect(JSON.parse(world.store.files.get('timeouts.json') ?? '')).toMatchObject({
      timeouts: { tcp: { original: 900, ours: 60 }, udp: { original: 300, ours: 300 } },
    });
  });

  it('are repaired when somebody else changes them, and only those', async () => {
    const { world, director } = await started();
    world.timeouts.values = { tcp: 61, tcp_fin: 5, udp: 300 };
    await world.clock.advance(seconds(3));
    expect(world.timeouts.values).toEqual({ tcp: 60, tcp_fin: 5, udp: 300 });
    expect(director.lines).toContain('warn kernel timeout tcp repaired: was 61s, is 60s again');
  });

  it('stay at a stop that leaves the table, and are put back by a later one that clears it', async () => {
    const { world, director } = await started();
    await stop(world, director);
    expect(world.timeouts.values).toEqual({ ...KERNEL, tcp: 60 });
    const last = await started(world, keys(`  on_stop: clear\n${TIMEOUTS}`));
    await stop(world, last.director);
    expect(world.timeouts.values).toEqual(KERNEL);
  });

  it('are put back when they leave the file', async () => {
    const { world, director } = await started();
    director.kill();
    await started(world, WEB);
    expect(world.timeouts.values).toEqual(KERNEL);
  });

  it('that are refused are a problem in status until they are taken', async () => {
    const world = new World();
    world.timeouts.fault = { what: 'ipvs.timeouts', code: 'EPERM', detail: 'needs CAP_NET_ADMIN' };
    const { director } = await started(world);
    expect((await problems(world, director)).join()).toContain("the kernel's timeouts cannot be read");
    world.timeouts.fault = null;
    await world.clock.advance(seconds(3));
    expect(world.timeouts.values.tcp).toBe(60);
    expect(await problems(world, director)).toEqual([]);
  });
});
