import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/control/service.js';
import type { InstanceStatus } from '../../src/core/status.js';
import { millis, seconds } from '../../src/values/time.js';
import { configured, TestDirector, World } from './harness.js';

/** Three servers of weight 10 behind one address, and what is to be tried with them. */
const service = (...keys: string[]): string => `
ipvs:
  services:
    - name: web
      address: 10.0.0.1:80
      scheduler: wrr
      check: { type: tcp, interval: 1s, timeout: 500ms, rise: 1, fall: 1 }
${keys.map((key) => `      ${key}\n`).join('')}      servers:
        - { address: 10.0.0.11:80, weight: 10 }
        - { address: 10.0.0.12:80, weight: 10 }
        - { address: 10.0.0.13:80, weight: 10 }
`;

async function started(config: string, world = new World()) {
  const director = new TestDirector(world, configured(config));
  await world.clock.advance(seconds(2));
  return { world, director };
}

const ok = async <T>(world: World, work: Promise<Outcome<T>>): Promise<T> => {
  await world.clock.advance(millis(5));
  const outcome = await work;
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.value;
};

const rows = (world: World): string[] => (world.table()[0] ?? 'none').split(' ').slice(1);

const fail = async (world: World, ...servers: number[]): Promise<void> => {
  for (const n of [11, 12, 13]) world.servers.set(`10.0.0.${n}:80`, servers.includes(n) ? 'refuses' : 'answers');
  await world.clock.advance(seconds(2));
};

const serviceEvents = (director: TestDirector) => director.events().filter((e) => e.startsWith('service'));

describe('quorum', () => {
  it('is lost below the quorum less the hysteresis, and gained at the quorum and the hysteresis', async () => {
    const { world, director } = await started(service('quorum: 20', 'quorum_hysteresis: 10'));
    const state = async () => {
      const work = director.service.status();
      await world.clock.advance(millis(5));
      return (await work).services[0]?.state;
    };
    expect(await state()).toBe('up');
    await fail(world, 11);
    await fail(world, 11, 12);
    expect(await state()).toBe('up');
    await fail(world, 11, 12, 13);
    expect(await state()).toBe('down');
    await fail(world, 11);
    expect(await state()).toBe('down');
    await fail(world);
    expect(await state()).toBe('up');
    expect(serviceEvents(director)).toEqual([
      'service web: up',
      'service web: down (no server is up and takes new connections)',
      'service web: up',
    ]);
  });

  it('counts neither drained servers nor those with weight 0', async () => {
    const { world, director } = await started(service('quorum: 20'));
    await ok(world, director.service.drain({ address: '10.0.0.11' }));
    await ok(world, director.service.drain({ address: '10.0.0.12' }));
    expect(serviceEvents(director).at(-1)).toBe(
      'service web: down (the servers that are up have a weight of 10 together, below the quorum of 20)',
    );
    await ok(world, director.service.undrain({ address: '10.0.0.12' }));
    expect(serviceEvents(director).at(-1)).toBe('service web: up');
  });
});

describe('a sorry server', () => {
  const config = service('quorum: 20', 'sorry_server: { address: 10.0.0.99:80 }');

  it('answers while the quorum is lost, beside the others with weight 0, and leaves when it is back', async () => {
    const { world } = await started(config);
    await fail(world, 11, 12);
    expect(rows(world)).toEqual(['10.0.0.13:80=0', '10.0.0.99:80=1']);
    await fail(world, 11);
    expect(rows(world)).toEqual(['10.0.0.12:80=10', '10.0.0.13:80=10']);
  });

  it('does not answer before the first verdicts', async () => {
    const world = new World();
    new TestDirector(world, configured(config));
    await world.clock.advance(millis(1));
    expect(rows(world)).toEqual([]);
  });

  it('goes on answering over a restart until the quorum is back', async () => {
    const { world, director } = await started(config);
    await fail(world, 11, 12, 13);
    director.kill();
    const again = new TestDirector(world, configured(config));
    await world.clock.advance(millis(1));
    expect(rows(world)).toEqual(['10.0.0.99:80=1']);
    await fail(world);
    expect(rows(world)).toEqual(['10.0.0.11:80=10', '10.0.0.12:80=10', '10.0.0.13:80=10']);
    expect(serviceEvents(again)).toEqual(['service web: up']);
  });
});

describe('on_failure', () => {
  it('remove takes the row of a server that is down away, zero keeps it with weight 0', async () => {
    const removing = await started(service());
    await fail(removing.world, 11);
    expect(rows(removing.world)).toEqual(['10.0.0.12:80=10', '10.0.0.13:80=10']);
    const zeroing = await started(service('on_failure: zero'));
    await fail(zeroing.world, 11);
    expect(rows(zeroing.world)).toEqual(['10.0.0.11:80=0', '10.0.0.12:80=10', '10.0.0.13:80=10']);
    await fail(zeroing.world);
    expect(rows(zeroing.world)[0]).toBe('10.0.0.11:80=10');
  });

  it('of a server holds instead of the service’s', async () => {
    const own = (service: string, server: string): string =>
      service.replace('address: 10.0.0.11:80', `address: 10.0.0.11:80, on_failure: ${server}`);
    const keeping = await started(own(service(), 'zero'));
    await fail(keeping.world, 11, 12);
    expect(rows(keeping.world)).toEqual(['10.0.0.11:80=0', '10.0.0.13:80=10']);
    const removing = await started(own(service('on_failure: zero'), 'remove'));
    await fail(removing.world, 11, 12);
    expect(rows(removing.world)).toEqual(['10.0.0.12:80=0', '10.0.0.13:80=10']);
  });
});

describe('start', () => {
  const first = async (config: string, world = new World()) => {
    new TestDirector(world, configured(config));
    await world.clock.advance(millis(1));
    return rows(world);
  };
  const all = ['10.0.0.11:80=10', '10.0.0.12:80=10', '10.0.0.13:80=10'];

  it('leaves the table as it was found until there are verdicts', async () => {
    expect(await first(service())).toEqual([]);
    const { world, director } = await started(service());
    director.kill();
    expect(await first(service(), world)).toEqual(all);
  });

  it('pessimistic takes servers without a verdict for down, also those of the table that was found', async () => {
    const { world, director } = await started(service());
    director.kill();
    expect(await first(service('start: pessimistic'), world)).toEqual([]);
  });

  it('optimistic takes them for up', async () => {
    expect(await first(service('start: optimistic'))).toEqual(all);
  });
});

describe('slow start', () => {
  const config = service('slow_start: 10s');
  const weight = (world: World): number | null => {
    const row = rows(world).find((r) => r.startsWith('10.0.0.11:'));
    return row === undefined ? null : Number(row.split('=')[1]);
  };
  const risen = async (world: World): Promise<(number | null)[]> => {
    const seen: (number | null)[] = [];
    for (let s = 0; s < 13; s += 1) {
      if (weight(world) !== seen.at(-1)) seen.push(weight(world));
      await world.clock.advance(seconds(1));
    }
    return seen;
  };

  it('gives a server that returns its weight step by step', async () => {
    const { world } = await started(config);
    expect(weight(world)).toBe(10);
    await fail(world, 11);
    expect(weight(world)).toBe(null);
    world.servers.set('10.0.0.11:80', 'answers');
    expect(await risen(world)).toEqual([null, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('does the same after an undrain, and begins anew after a failure', async () => {
    const { world, director } = await started(config);
    await ok(world, director.service.drain({ address: '10.0.0.11' }));
    await ok(world, director.service.undrain({ address: '10.0.0.11' }));
    await world.clock.advance(seconds(5));
    expect(weight(world)).toBe(6);
    await fail(world, 11);
    await fail(world);
    expect(weight(world)).toBeLessThan(4);
  });

  it('leaves servers alone that are seen for the first time', async () => {
    const { world, director } = await started(config);
    expect(weight(world)).toBe(10);
    director.kill();
    const again = await started(config, world);
    expect(weight(again.world)).toBe(10);
  });
});

describe('only_while_master', () => {
  const VRRP = `
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [10.0.0.1/24]
`;
  const config = `${VRRP}${service('only_while_master: VI_1')}`;
  const told = (director: TestDirector, state: InstanceStatus['state']) => {
    const instance = { name: 'VI_1', state, admin: 'ready', adminSince: null } as InstanceStatus;
    director.instances = [instance];
    director.hear({ kind: 'instances', instances: director.instances });
  };

  it('has the service in the table only while the instance is master', async () => {
    const { world, director } = await started(config);
    expect(world.table()).toEqual([]);
    told(director, 'master');
    await world.clock.advance(millis(1));
    expect(rows(world)).toHaveLength(3);
    told(director, 'backup');
    await world.clock.advance(millis(1));
    expect(world.table()).toEqual([]);
  });

  it('leaves it as it was found until the router has told its instances', async () => {
    const { world, director } = await started(config);
    told(director, 'master');
    await world.clock.advance(seconds(1));
    director.kill();
    const again = await started(config, world);
    expect(rows(world)).toHaveLength(3);
    told(again.director, 'backup');
    await world.clock.advance(millis(1));
    expect(world.table()).toEqual([]);
  });
});

describe('on_stop: drain', () => {
  const config = service().replace('ipvs:\n', 'ipvs:\n  on_stop: drain\n  drain_timeout: 20s\n');
  const hold = (world: World, activeConnections: number): void => {
    const [web] = world.ipvs.table;
    const row = web?.servers[0];
    if (web !== undefined && row !== undefined) world.ipvs.observe(web.key, row.key, { activeConnections });
  };

  it('sets all weights to 0, waits until no connection is left, and clears the table', async () => {
    const { world, director } = await started(config);
    hold(world, 2);
    director.hear({ kind: 'stop' });
    await world.clock.advance(seconds(3));
    expect(rows(world)).toEqual(['10.0.0.11:80=0', '10.0.0.12:80=0', '10.0.0.13:80=0']);
    expect(director.told).toContainEqual({ kind: 'stopping', within: seconds(22) });
    expect(director.ending).toBe(null);
    hold(world, 0);
    await world.clock.advance(seconds(1));
    expect(world.table()).toEqual([]);
    expect(director.ending).toBe('stopped');
  });

  it('waits no longer than drain_timeout, and says how many connections are cut', async () => {
    const { world, director } = await started(config);
    hold(world, 2);
    director.hear({ kind: 'stop' });
    await world.clock.advance(seconds(19));
    expect(director.ending).toBe(null);
    await world.clock.advance(millis(1_100));
    expect(director.ending).toBe('stopped');
    expect(director.lines).toContain('warn table not drained within 20s: 2 connections are cut');
  });

  it('does not wait for connections whose virtual address leaves this host with its instance', async () => {
    const vrrp =
      'vrrp: { instances: [{ name: VI_1, interface: eth1, virtual_router_id: 50, virtual_addresses: [10.0.0.1/24] }] }';
    const { world, director } = await started(`${vrrp}\n${config}`);
    hold(world, 2);
    director.hear({ kind: 'stop' });
    await world.clock.advance(millis(10));
    expect(director.ending).toBe('stopped');
    expect(world.table()).toEqual([]);
  });
});
