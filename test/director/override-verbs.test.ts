import { describe, expect, it } from 'vitest';
import type { Outcome, TouchedServer } from '../../src/control/service.js';
import { leftOf } from '../../src/core/ipvs/left.js';
import { parseServiceId } from '../../src/core/ipvs/table.js';
import { seconds } from '../../src/values/time.js';
import { configured, TestDirector, WEB, World } from './harness.js';

const BOTH = ['tcp/10.0.0.1:80: 10.0.0.11:80=1 10.0.0.12:80=2'];
const BY = 'uid 0, pid 7';

async function started(world = new World(), yaml = WEB) {
  const director = new TestDirector(world, configured(yaml));
  await world.clock.advance(seconds(3));
  const { service } = director;
  /** The answer, while time passes. */
  const asked = async <T>(promise: Promise<T>): Promise<T> => {
    let done: { value: T } | null = null;
    void promise.then((v) => {
      done = { value: v };
    });
    await world.until(() => done !== null, seconds(20));
    return (done as unknown as { value: T }).value;
  };
  const rows = async (promise: Promise<Outcome<readonly TouchedServer[]>>): Promise<readonly TouchedServer[]> => {
    const outcome = await asked(promise);
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome.value;
  };
  return { world, director, service, asked, rows };
}

const SECOND = { address: 'second' };

describe('weight', () => {
  it('holds at once, over restarts, is told with who asked, and is taken back by `default`', async () => {
    const { world, director, service, rows } = await started();
    expect(await rows(service.weight(SECOND, 7, BY))).toMatchObject([
      { weight: 2, weightOverride: 7, effectiveWeight: 7, admin: 'ready' },
    ]);
    expect(director.events().at(-1)).toBe('admin web 10.0.0.12:80: weight 7 (by uid 0, pid 7)');
    director.kill();
    const again = await started(world);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=1 10.0.0.12:80=7']);
    const status = await again.asked(again.service.status());
    expect(status.services[0]?.servers[1]).toMatchObject({
      weight: 2,
      effectiveWeight: 7,
      weightOverride: { value: 7, by: BY },
      adminSince: null,
    });
    expect(await again.rows(again.service.weight(SECOND, null))).toMatchObject([{ weightOverride: null }]);
    expect(world.table()).toEqual(BOTH);
    expect(world.store.files.get('overrides.json')).toContain('"servers": {}');
  });

  it('waits behind a drain, and says so', async () => {
    const { world, service, rows } = await started();
    await rows(service.drain(SECOND));
    const note = 'still drained: directorctl undrain second takes that back';
    expect(await rows(service.weight(SECOND, 7))).toMatchObject([{ effectiveWeight: 0, weightOverride: 7, note }]);
    const [row] = await rows(service.undrain(SECOND));
    expect(row?.note).toBe('keeps the weight 7 that it was given: directorctl weight second default takes that back');
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=1 10.0.0.12:80=7']);
  });

  it('of 0 is possible, and no drain', async () => {
    const { world, service, rows } = await started();
    expect(await rows(service.weight(SECOND, 0))).toMatchObject([{ admin: 'ready', effectiveWeight: 0 }]);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=1 10.0.0.12:80=0']);
  });
});

it('a drain says where its scheduler refuses the clients of a drained server', async () => {
  const noted = async (scheduler: string): Promise<string | undefined> => {
    const { service, rows } = await started(new World(), WEB.replace('scheduler: rr', scheduler));
    return (await rows(service.drain(SECOND)))[0]?.note;
  };
  expect(await noted('scheduler: sh')).toBe(
    'the scheduler sh refuses the clients of a drained server unless scheduler_flags has fallback',
  );
  expect(await noted('scheduler: dh')).toContain('the scheduler dh refuses');
  expect(await noted('scheduler: mh, scheduler_flags: [fallback]'.replace(', ', '\n      '))).toBeUndefined();
  expect(await noted('scheduler: wrr')).toBeUndefined();
});

describe('disable', () => {
  it('leaves no row at once, over checks and restarts, until `enable`', async () => {
    const { world, director, service, rows } = await started();
    expect(await rows(service.disable(SECOND, BY))).toMatchObject([{ admin: 'disabled', effectiveWeight: null }]);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=1']);
    expect(director.events().at(-1)).toBe('admin web 10.0.0.12:80: disable (by uid 0, pid 7)');
    director.kill();
    const again = await started(world);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=1']);
    const status = await again.asked(again.service.status());
    expect(status.services[0]?.servers[1]).toMatchObject({ admin: 'disabled', adminBy: BY });
    await again.rows(again.service.enable(SECOND));
    expect(world.table()).toEqual(BOTH);
  });

  it('wins over a drain, which is still there after `enable`, and said so', async () => {
    const { world, service, rows } = await started();
    await rows(service.drain(SECOND));
    const [off] = await rows(service.disable(SECOND));
    expect(off?.note).toBe('drained as well, so enable will not be enough: directorctl undrain second takes that back');
    const [on] = await rows(service.enable(SECOND));
    expect(on).toMatchObject({ admin: 'drain', effectiveWeight: 0 });
    expect(on?.note).toBe('still drained: directorctl undrain second takes that back');
    await rows(service.undrain(SECOND));
    expect(world.table()).toEqual(BOTH);
  });

  it('in place of a drain is taken back by `enable` alone', async () => {
    const { world, service, rows } = await started();
    await rows(service.drain(SECOND));
    expect(await rows(service.disable(SECOND, null, true))).toMatchObject([{ admin: 'disabled' }]);
    expect(await rows(service.enable(SECOND))).toMatchObject([{ admin: 'ready', effectiveWeight: 2 }]);
    expect(world.table()).toEqual(BOTH);
  });

  it('and drain are each taken back by their own verb only, and the other is named', async () => {
    const { service, asked, rows } = await started();
    await rows(service.drain(SECOND));
    expect(await asked(service.enable(SECOND))).toEqual({
      ok: false,
      code: 'not-disabled',
      message: 'second is drained, not disabled: directorctl undrain second takes that back',
    });
    await rows(service.undrain(SECOND));
    await rows(service.disable(SECOND));
    expect(await asked(service.undrain(SECOND))).toEqual({
      ok: false,
      code: 'not-drained',
      message: 'second is disabled, not drained: directorctl enable second takes that back',
    });
  });

  it('taken back where nothing is to be taken back does nothing, and is no failure', async () => {
    const { world, director, service, rows } = await started();
    const before = director.events().length;
    await rows(service.enable(SECOND));
    await rows(service.undrain(SECOND));
    await rows(service.weight(SECOND, null));
    expect(director.events()).toHaveLength(before);
    expect(world.table()).toEqual(BOTH);
    expect(world.store.files.has('overrides.json')).toBe(false);
  });
});

it('an override of a server that left the configuration is named in status, and forgotten by its own verb', async () => {
  const { world, director, service, rows } = await started();
  await rows(service.weight(SECOND, 7));
  await rows(service.disable(SECOND));
  director.kill();
  const again = await started(world, WEB.replace(/.*10\.0\.0\.12.*\n/, ''));
  const problems = async () => (await again.asked(again.service.status())).problems;
  const left = '10.0.0.12:80 of tcp/10.0.0.1:80';
  expect(await problems()).toEqual([
    `${left} is disabled, but is not in the configuration: directorctl enable 10.0.0.12:80 --service tcp/10.0.0.1:80 forgets that`,
    `${left} has the weight 7, but is not in the configuration: directorctl weight 10.0.0.12:80 default --service tcp/10.0.0.1:80 forgets that`,
  ]);
  const gone = { address: '10.0.0.12' };
  expect(await again.asked(again.service.undrain(gone))).toMatchObject({ ok: false, code: 'unknown-server' });
  await again.rows(again.service.enable(gone));
  await again.rows(again.service.weight(gone, null));
  expect(await problems()).toEqual([]);
});

describe('a server of two services that left one of them while it was drained', () => {
  const HEAD = `    - { name: head, address: 10.0.0.2:80, scheduler: rr, servers: [{ address: 10.0.0.12:80 }] }\n`;
  const left = async () => {
    const { world, director, service, rows } = await started(new World(), WEB + HEAD);
    await rows(service.drain({ address: '10.0.0.12' }));
    director.kill();
    return started(world, WEB.replace(/.*10\.0\.0\.12.*\n/, '') + HEAD);
  };
  const drained = async ({ asked, service }: Awaited<ReturnType<typeof left>>) => {
    const status = await asked(service.status());
    const admin = status.services.flatMap(({ name, servers }) => servers.map((s) => `${name} ${s.address} ${s.admin}`));
    return { problems: status.problems.length, head: admin.at(-1) };
  };

  it.each(['tcp/10.0.0.1:80', 'web'])(
    'is forgotten there alone by the verb that status names, with --service %s',
    async (service) => {
      const now = await left();
      expect(await drained(now)).toEqual({ problems: 1, head: 'head 10.0.0.12:80 drain' });
      await now.rows(now.service.undrain({ address: '10.0.0.12:80', service }));
      expect(await drained(now)).toEqual({ problems: 0, head: 'head 10.0.0.12:80 drain' });
    },
  );

  it('is forgotten with the others where no service is named', async () => {
    const now = await left();
    expect(await now.rows(now.service.undrain({ address: '10.0.0.12' }))).toMatchObject([
      { service: 'head' },
      { service: 'tcp/10.0.0.1:80' },
    ]);
    expect(await drained(now)).toEqual({ problems: 0, head: 'head 10.0.0.12:80 ready' });
  });

  it('has a verb in each advice that is about the same service', async () => {
    const now = await left();
    const of = { address: '10.0.0.12', service: 'head' };
    expect(await now.rows(now.service.disable(of))).toMatchObject([
      { note: expect.stringContaining('directorctl undrain 10.0.0.12 --service head takes that back') },
    ]);
  });
});

it('a verb that takes the last server from a service says that it is down', async () => {
  const { service, rows } = await started();
  expect((await rows(service.drain(SECOND)))[0]).not.toHaveProperty('note');
  expect(await rows(service.drain({ address: '10.0.0.11' }))).toMatchObject([
    { note: 'web is down: no server is up and takes new connections' },
  ]);
});

it('a verb about a sorry server says what that is', async () => {
  const sorry = WEB.replace('scheduler: rr', 'scheduler: rr\n      sorry_server: { address: 10.0.0.99:80 }');
  const { service, asked } = await started(new World(), sorry);
  expect(await asked(service.drain({ address: '10.0.0.99' }))).toMatchObject({
    ok: false,
    message: '10.0.0.99 is the sorry server of web: verbs are about its servers',
  });
});

describe('what a drain waits for', () => {
  const held = { activeConnections: 3, inactiveConnections: 20, persistentConnections: 5 };
  const left = (id: string, lead: boolean): number => {
    const key = parseServiceId(id);
    if (key === null) throw new Error(id);
    return leftOf(held, [key], lead);
  };

  it('is established connections of TCP and SCTP, not those that are over', () => {
    expect([left('tcp/10.0.0.1:80', false), left('sctp/[2001:db8::1]:80', false)]).toEqual([3, 3]);
  });

  it('is every flow of UDP, and every connection of a mark, whose protocol nobody knows', () => {
    expect([left('udp/10.0.0.1:53', false), left('fwmark/5', false)]).toEqual([23, 23]);
  });

  it('is persistence templates as well while they lead clients to the server', () => {
    expect([left('tcp/10.0.0.1:80', true), left('udp/10.0.0.1:53', true)]).toEqual([8, 28]);
  });
});
