import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/control/service.js';
import { millis, seconds } from '../../src/values/time.js';
import { configured, TestDirector, WEB, World } from './harness.js';

const ON = { conn_reuse_mode: 1, expire_nodest_conn: 1, expire_quiescent_template: 1 };
const OFF = { conn_reuse_mode: 1, expire_nodest_conn: 0, expire_quiescent_template: 0 };

async function started(world = new World(), yaml = WEB) {
  const director = new TestDirector(world, configured(yaml));
  await world.clock.advance(seconds(3));
  return { world, director };
}

/** The answer, while time passes. */
async function answered<T>(world: World, promise: Promise<T>): Promise<T> {
  let done: { value: T } | null = null;
  void promise.then((v) => {
    done = { value: v };
  });
  await world.until(() => done !== null, seconds(20));
  return (done as unknown as { value: T }).value;
}

const value = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.value;
};

const stop = async (world: World, director: TestDirector): Promise<void> => {
  director.hear({ kind: 'stop' });
  await world.until(() => director.ending !== null, seconds(5));
};

const problems = async (world: World, director: TestDirector): Promise<readonly string[]> =>
  (await answered(world, director.service.status())).problems;

const keys = (text: string): string => WEB.replace('ipvs:\n', `ipvs:\n${text}`);

describe('the kernel switches', () => {
  it('are set at the start, told, stored before that, and stay at a stop that leaves the table', async () => {
    const { world, director } = await started();
    expect(world.switches.values).toEqual(ON);
    expect(director.lines).toContain('info kernel switch net.ipv4.vs.expire_nodest_conn set: was 0, is 1');
    expect(world.store.files.get('switches.json')).toContain('"original": 0');
    await stop(world, director);
    expect(world.switches.values).toEqual(ON);
  });

  it('are put back by a stop that clears the table, by a later run too, also after a crash', async () => {
    const { world, director } = await started();
    director.kill();
    const again = await started(world);
    await stop(world, again.director);
    expect(world.switches.values).toEqual(ON);
    const last = await started(world, keys('  on_stop: clear\n'));
    await stop(world, last.director);
    expect(world.switches.values).toEqual(OFF);
    expect(world.table()).toEqual([]);
  });

  it('are not written where what they were cannot be stored', async () => {
    const world = new World();
    world.store.full = 'ENOSPC: no space left on device';
    const { director } = await started(world);
    expect(world.switches.tried).toEqual([]);
    expect(await problems(world, director)).toContain(
      "the kernel's switches for drains are not set: what they were cannot be stored in /state: ENOSPC: no space left on device",
    );
    world.store.full = null;
    await world.clock.advance(seconds(5));
    expect(world.switches.values).toEqual(ON);
    expect(await problems(world, director)).toEqual([]);
  });

  it('are repaired, and that is told once', async () => {
    const { world, director } = await started();
    world.switches.values.expire_nodest_conn = 0;
    await world.clock.advance(seconds(3));
    expect(world.switches.values).toEqual(ON);
    await world.clock.advance(seconds(10));
    const told = director.events().filter((event) => event.startsWith('switch'));
    expect(told).toEqual(['switch net.ipv4.vs.expire_nodest_conn: repaired (was 0, is 1 again)']);
  });

  it('that cannot be written are one problem in status, one line in the log, and no failure', async () => {
    const world = new World();
    world.switches.refuses = 'EROFS';
    const { director } = await started(world);
    await world.clock.advance(seconds(10));
    const problem =
      "the kernel's switches for drains cannot be set (EROFS): net.ipv4.vs.expire_nodest_conn is 0, not 1, net.ipv4.vs.expire_quiescent_template is 0, not 1, so a drained server may still get connections of clients that it knows; let directord write /proc/sys/net/ipv4/vs, or set them by sysctl, or say ipvs.switches: { manage: false }";
    expect(await problems(world, director)).toEqual([problem]);
    expect(director.lines.filter((line) => line.startsWith('error'))).toEqual([`error ${problem}`]);
    // Somebody sets them by sysctl.
    world.switches.values = { ...ON };
    await world.clock.advance(seconds(3));
    expect(await problems(world, director)).toEqual([]);
  });

  it('that are not there are one problem', async () => {
    const world = new World();
    world.switches.values = { conn_reuse_mode: null, expire_nodest_conn: null, expire_quiescent_template: null };
    const { director } = await started(world);
    expect((await problems(world, director))[0]).toContain('not in this kernel or container');
  });

  it('are nobody’s business with manage: false, without services, and one by one with keep', async () => {
    const off = await started(new World(), keys('  switches: { manage: false }\n'));
    expect(off.world.switches.tried).toEqual([]);
    const none = await started(new World(), 'ipvs: { services: [] }\n');
    expect(none.world.switches.tried).toEqual([]);
    expect(none.world.store.files.has('switches.json')).toBe(false);
    const some = await started(new World(), keys('  switches: { expire_nodest_conn: keep, conn_reuse_mode: 3 }\n'));
    expect(some.world.switches.values).toEqual({ ...OFF, expire_quiescent_template: 1, conn_reuse_mode: 3 });
  });

  it('are put back when the file of a later run keeps hands off, or has no service any more', async () => {
    for (const yaml of [keys('  switches: { manage: false }\n'), 'ipvs: { services: [] }\n']) {
      const { world, director } = await started();
      await stop(world, director);
      await started(world, yaml);
      expect(world.switches.values).toEqual(OFF);
    }
  });

  it('of another start of the kernel are remembered anew', async () => {
    const { world, director } = await started();
    director.kill();
    world.switches.kernel = 'boot-2 net:[1]';
    // An administrator has set them at boot meanwhile.
    world.switches.values = { ...ON };
    const last = await started(world, keys('  on_stop: clear\n'));
    await stop(world, last.director);
    expect(world.switches.values).toEqual(ON);
  });

  it('decide what a drain waits for: templates count only while they lead clients to the server', async () => {
    for (const [yaml, left] of [
      [WEB, 2],
      [keys('  switches: { manage: false }\n'), 5],
    ] as const) {
      const { world, director } = await started(new World(), yaml);
      value(await answered(world, director.service.drain({ address: '10.0.0.11' })));
      const [service] = world.ipvs.table;
      const row = service?.servers.find((s) => s.key.address === '10.0.0.11');
      if (service === undefined || row === undefined) throw new Error('no row');
      world.ipvs.observe(service.key, row.key, { activeConnections: 2, persistentConnections: 3 });
      await world.clock.advance(millis(1_500));
      const [seen] = value(await answered(world, director.service.servers({ address: '10.0.0.11' })));
      expect(seen).toMatchObject({ activeConnections: 2, persistentConnections: 3, left });
    }
  });
});
