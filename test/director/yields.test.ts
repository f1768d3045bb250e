import { describe, expect, it } from 'vitest';
import type { InstanceStatus } from '../../src/core/status.js';
import type { ToRouter } from '../../src/ports/channel.js';
import { millis, seconds } from '../../src/values/time.js';
import { instance } from '../cli/reports.js';
import { configured, TestDirector, World } from './harness.js';

const CONFIG = configured(`
vrrp:
  instances:
    - { name: VI_1, interface: eth1, virtual_router_id: 50, virtual_addresses: [172.28.128.200/24] }
    - { name: VI_2, interface: eth1, virtual_router_id: 51, virtual_addresses: [172.28.128.201/24] }
`);
const FILE = 'failovers.json';

/** A director whose router answers a `yield` as a test wants, and reports what it then is. */
async function started(world = new World(), instances: readonly InstanceStatus[] = both('ready')) {
  const director = new TestDirector(world, CONFIG);
  director.instances = instances;
  await world.until(() => director.control !== null, seconds(5));
  director.hear({ kind: 'instances', instances });
  await world.clock.advance(millis(5));
  const asked = (): (ToRouter & { kind: 'yield' })[] =>
    director.told.flatMap((message) => (message.kind === 'yield' ? [message] : []));
  const replies = async (ok: boolean): Promise<void> => {
    await world.until(() => asked().length > 0, seconds(1));
    const question = asked().at(-1);
    if (question === undefined) return;
    const { id, since } = question;
    if (ok) director.hear({ kind: 'instances', instances: both(since === null ? 'ready' : 'failover') });
    const moved = { name: 'VI_1', state: 'backup', master: '172.28.128.90', seconds: 0.6 } as const;
    const answer = ok
      ? ({ ok: true, instances: [moved] } as const)
      : ({ ok: false, code: 'nobody', message: 'no other router took VI_1 over' } as const);
    director.hear({ kind: 'yielded', id, answer });
  };
  return { world, director, asked, replies };
}

const SINCE = '2026-01-01T00:00:00.000Z';
const both = (first: InstanceStatus['admin']): InstanceStatus[] => [
  instance({ name: 'VI_1', state: 'backup', admin: first, adminSince: first === 'ready' ? null : SINCE }),
  instance({ name: 'VI_2', state: 'master' }),
];
const stored = (world: World): string[] => Object.keys(JSON.parse(world.store.files.get(FILE) ?? '{}').instances ?? {});

describe('failover at the control socket', () => {
  it('is stored when the router has let go, told as an event, and taken out by resume', async () => {
    const { world, director, replies } = await started();
    const done = director.service.failover('VI_1');
    await replies(true);
    expect(await done).toEqual({
      ok: true,
      value: { instances: [{ name: 'VI_1', state: 'backup', master: '172.28.128.90', seconds: 0.6 }] },
    });
    expect(stored(world)).toEqual(['VI_1']);
    expect(director.events()).toContain('admin VI_1: failover');
    director.told.length = 0;
    const back = director.service.resume('VI_1');
    await replies(true);
    expect((await back).ok).toBe(true);
    expect(stored(world)).toEqual([]);
    expect(director.events()).toContain('admin VI_1: resume');
  });

  it('stores nothing when the router refuses, and says why', async () => {
    const { world, director, replies } = await started();
    const done = director.service.failover('VI_1');
    await replies(false);
    expect(await done).toEqual({ ok: false, code: 'nobody', message: 'no other router took VI_1 over' });
    expect(stored(world)).toEqual([]);
  });

  it('asks nothing of the router when it could not be stored, or the name is none', async () => {
    const { world, director, asked } = await started();
    world.store.full = 'ENOSPC: no space left on device';
    expect(await director.service.failover('VI_1')).toEqual({
      ok: false,
      code: 'state',
      message: 'nothing was changed: a failover cannot be stored in /state: ENOSPC: no space left on device',
    });
    expect(await director.service.failover('VI_l')).toEqual({
      ok: false,
      code: 'unknown-instance',
      message: 'no instance VI_l; did you mean VI_1?',
    });
    expect(await director.service.resume('web')).toMatchObject({
      message: 'no instance web; there are VI_1, VI_2',
    });
    expect(asked()).toEqual([]);
  });

  it('does not wait for ever for a router that does not answer', async () => {
    const { world, director } = await started();
    const done = director.service.failover('VI_1');
    let over = false;
    void done.then(() => {
      over = true;
    });
    await world.until(() => over, seconds(11));
    expect(await done).toMatchObject({ ok: false, code: 'busy' });
  });

  it('follows the router where a director died between the two', async () => {
    const gave = await started(new World(), both('failover'));
    await gave.world.until(() => stored(gave.world).length === 1, seconds(1));
    expect(JSON.parse(gave.world.store.files.get(FILE) ?? '')).toEqual({
      version: 1,
      instances: { VI_1: { since: SINCE } },
    });
    const world = new World();
    world.store.files.set(FILE, JSON.stringify({ version: 1, instances: { VI_1: { since: SINCE } } }));
    await started(world, both('ready'));
    await world.until(() => stored(world).length === 0, seconds(1));
  });

  it('names holds of instances that are gone, and one without a master; resume forgets the former', async () => {
    const world = new World();
    world.store.files.set(FILE, JSON.stringify({ version: 1, instances: { VI_9: { since: SINCE } } }));
    const { director } = await started(world, [
      instance({ state: 'backup', admin: 'failover', adminSince: SINCE, master: null }),
    ]);
    const { problems } = await director.service.status();
    expect(problems).toEqual([
      'VI_1 has no master: it is held BACKUP here, and no other router is heard; directorctl resume VI_1 takes it back',
      'VI_9 is held BACKUP, but not in the configuration: directorctl resume VI_9 forgets that',
    ]);
    expect(await director.service.resume('VI_9')).toEqual({ ok: true, value: { instances: [] } });
    expect(stored(world)).toEqual(['VI_1']);
  });

  it('sets a file aside that makes no sense, and says so', async () => {
    const world = new World();
    world.store.files.set(FILE, '{"version":1,"instances":{"VI_1":{"since":"yesterday"}}}');
    const { director } = await started(world);
    expect((await director.service.status()).problems[0]).toMatch(
      /^stored failovers make no sense, so none is in force; they lie in \/state\/failovers\.json\.corrupt now: /,
    );
  });
});
