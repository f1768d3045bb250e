import { describe, expect, it } from 'vitest';
import { millis, seconds } from '../../src/values/time.js';
import { answered, configured, TestDirector, WEB, World } from './harness.js';

const SORRY = WEB.replace('scheduler: rr', 'scheduler: rr\n      sorry_server: { address: 10.0.0.99:80 }');
const MOVED = WEB.replace('10.0.0.1:80', '10.0.0.9:80');

async function started(file: string) {
  const world = new World();
  world.file = file;
  const director = new TestDirector(world, configured(file));
  await world.clock.advance(seconds(3));
  const { store, ipvs } = world;
  /** Holds up what is about these, until it is called. */
  const heldUp = <K extends string>(of: Record<K, unknown>, name: K, which: RegExp): (() => void) => {
    const call = (of[name] as (...args: unknown[]) => Promise<unknown>).bind(of);
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    of[name] = async (...args: unknown[]) => {
      if (which.test(JSON.stringify(args[0]))) await gate;
      return call(...args);
    };
    return go;
  };
  const reload = (text: string) => {
    world.file = text;
    return director.service.reload(false, () => {});
  };
  return {
    world,
    director,
    reload,
    writing: () => heldUp(store as unknown as Record<'write', unknown>, 'write', /overrides.json/),
    reading: () => heldUp(ipvs as unknown as Record<'read', unknown>, 'read', /10.0.0.9/),
  };
}

describe('a verb that meets a reload', () => {
  it('counts for the service as the reload has made it, where it is stored after that', async () => {
    const { world, director, reload, writing } = await started(SORRY);
    const stored = writing();
    const drains = [11, 12].map((n) => director.service.drain({ address: `10.0.0.${n}` }));
    await world.clock.advance(millis(1));
    expect((await answered(world, reload(SORRY.replace('scheduler: rr', 'scheduler: wrr')))).ok).toBe(true);
    stored();
    for (const drain of drains) expect((await answered(world, drain)).ok).toBe(true);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=0 10.0.0.12:80=0 10.0.0.99:80=1']);
    expect((await answered(world, director.service.status())).services[0]?.state).toBe('down');
  });

  it('holds where the server is then, where its service moves while it is stored', async () => {
    const { world, director, reload, writing } = await started(MOVED.replace('10.0.0.9', '10.0.0.1'));
    const stored = writing();
    const drain = director.service.drain({ address: '10.0.0.11' });
    await world.clock.advance(millis(1));
    await answered(world, reload(MOVED));
    stored();
    expect(await answered(world, drain)).toMatchObject({ ok: true, value: [{ admin: 'drain' }] });
    expect(world.table()).toEqual(['tcp/10.0.0.9:80: 10.0.0.11:80=0 10.0.0.12:80=2']);
  });

  it('goes along with a service that moves, also after the reload has looked at what was said', async () => {
    const { world, director, reload, reading } = await started(WEB);
    await answered(world, director.service.drain({ address: '10.0.0.12' }));
    const read = reading();
    const moving = reload(MOVED);
    await world.clock.advance(millis(5));
    const verbs = [
      director.service.drain({ address: '10.0.0.11' }),
      director.service.undrain({ address: '10.0.0.12' }),
    ];
    await world.clock.advance(millis(5));
    read();
    expect((await answered(world, moving)).ok).toBe(true);
    for (const verb of verbs) expect((await answered(world, verb)).ok).toBe(true);
    expect(world.table()).toEqual(['tcp/10.0.0.9:80: 10.0.0.11:80=0 10.0.0.12:80=2']);
    expect((await answered(world, director.service.status())).problems).toEqual([]);
  });
});
