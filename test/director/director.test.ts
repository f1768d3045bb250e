import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/control/service.js';
import { PLAIN_SERVICE } from '../../src/core/ipvs/table.js';
import { micros, millis, seconds, toSeconds } from '../../src/values/time.js';
import { answered, configured, TestDirector, WEB, World } from './harness.js';

const BOTH = ['tcp/10.0.0.1:80: 10.0.0.11:80=1 10.0.0.12:80=2'];

async function started(world = new World(), config = WEB) {
  const director = new TestDirector(world, configured(config));
  await world.clock.advance(seconds(3));
  return { world, director };
}

const value = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.value;
};

describe('a director', () => {
  it('puts servers into the table within one interval of its start, and tells the router that it is ready', async () => {
    const world = new World();
    const director = new TestDirector(world, configured(WEB));
    await world.clock.advance(micros(0));
    expect(director.order).toEqual(['hardened', 'control opened']);
    expect(director.told).toEqual([{ kind: 'ready' }]);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80:']);
    await world.clock.advance(millis(1_001));
    expect(world.table()).toEqual(BOTH);
  });

  it('says in each line of the log which server or service it is about, and leaves `name` to the process', async () => {
    const { world, director } = await started();
    world.servers.set('10.0.0.11:80', 'refuses');
    await world.clock.advance(seconds(10));
    expect(director.fields).toContainEqual({
      server: 'web 10.0.0.11:80',
      what: 'down',
      reason: 'connection refused',
    });
    expect(director.fields.filter((fields) => 'name' in fields)).toEqual([]);
  });

  it('takes a dead server out within fall × interval + timeout, and back within rise × interval', async () => {
    const { world, director } = await started();
    for (const behaviour of ['refuses', 'silent'] as const) {
      world.servers.set('10.0.0.11:80', behaviour);
      const out = await world.until(() => world.table()[0] === 'tcp/10.0.0.1:80: 10.0.0.12:80=2', seconds(10));
      expect(toSeconds(out)).toBeLessThanOrEqual(3.5);
      expect(toSeconds(out)).toBeGreaterThan(2);
      world.servers.set('10.0.0.11:80', 'answers');
      const back = await world.until(() => world.table()[0] === BOTH[0], seconds(10));
      expect(toSeconds(back)).toBeLessThanOrEqual(2.01);
    }
    expect(director.events().slice(-4)).toEqual([
      'server web 10.0.0.11:80: down (connection refused)',
      'server web 10.0.0.11:80: up',
      'server web 10.0.0.11:80: down (timed out)',
      'server web 10.0.0.11:80: up',
    ]);
    expect(director.lines).toContain('warn server web 10.0.0.11:80: down (connection refused)');
  });

  it('keeps a service without servers while all of them are down', async () => {
    const { world, director } = await started();
    world.servers.set('10.0.0.11:80', 'refuses').set('10.0.0.12:80', 'refuses');
    await world.clock.advance(seconds(5));
    expect(world.table()).toEqual(['tcp/10.0.0.1:80:']);
    const { services } = await answered(world, director.service.status());
    expect(services[0]).toMatchObject({ name: 'web', state: 'down' });
    expect(director.events()).toContain('service web: down (no server is up and takes new connections)');
  });

  it('tells how long verdicts take until their changes are handed to the kernel', async () => {
    const { world, director } = await started();
    const counted = async () => (await answered(world, director.service.status())).tableDelays;
    const before = await counted();
    world.servers.set('10.0.0.11:80', 'refuses').set('10.0.0.12:80', 'refuses');
    await world.clock.advance(seconds(5));
    const now = await counted();
    expect((now?.count ?? 0) - (before?.count ?? 0)).toBeGreaterThan(0);
    expect(now?.buckets.find((bucket) => bucket.seconds === 0.005)?.count).toBe(now?.count);
  });

  it('counts a server without a check as up, with no last check', async () => {
    const { world, director } = await started(new World(), WEB.replace(/ +check:.*\n/, ''));
    expect(world.table()).toEqual(BOTH);
    const { services } = await answered(world, director.service.status());
    expect(services[0]?.servers[0]).toMatchObject({ health: 'up', lastCheck: null });
  });

  it('runs one probe for all services that share a server and its check', async () => {
    const twice =
      WEB + WEB.slice(WEB.indexOf('    - name: web')).replace('web', 'tls').replace('10.0.0.1:80', '10.0.0.2:80');
    const { world } = await started(new World(), twice);
    await world.clock.advance(seconds(10));
    expect(world.table()).toHaveLength(2);
    expect(world.probes).toBeGreaterThanOrEqual(24);
    expect(world.probes).toBeLessThanOrEqual(28);
  });

  it('does not count a check that fails for reasons of this machine', async () => {
    const { world, director } = await started();
    world.servers.set('10.0.0.11:80', 'ours').set('10.0.0.12:80', 'ours');
    await world.clock.advance(seconds(30));
    expect(world.table()).toEqual(BOTH);
    const { problems } = await answered(world, director.service.status());
    expect(problems).toEqual(['2 checks cannot run on this machine: no free file descriptor in this process']);
    world.servers.clear();
    await world.clock.advance(seconds(2));
    expect((await answered(world, director.service.status())).problems).toEqual([]);
  });
});

describe('restart', () => {
  it('disturbs nothing: rows without a verdict stay, and no change is made', async () => {
    const { world, director } = await started();
    director.kill();
    const before = world.ipvs.tried.length;
    await started(world);
    expect(world.ipvs.tried.slice(before)).toEqual([]);
    expect(world.table()).toEqual(BOTH);
  });

  it('removes a service that left the configuration meanwhile, and leaves those of others alone', async () => {
    const { world, director } = await started();
    director.kill();
    const foreign = { protocol: 'udp', address: '10.9.9.9', port: 53 } as never;
    world.ipvs.meddle([
      { kind: 'addService', service: foreign, settings: { ...PLAIN_SERVICE, scheduler: 'wlc', persistence: 0 } },
    ]);
    await started(world, WEB.replace('10.0.0.1:80', '10.0.0.2:80'));
    expect(world.table().map((line) => line.split(': ')[0])).toEqual(['udp/10.9.9.9:53:', 'tcp/10.0.0.2:80']);
  });

  it('keeps a drain', async () => {
    const { world, director } = await started();
    await answered(world, director.service.drain({ address: '10.0.0.12:80' }));
    director.kill();
    const again = await started(world);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=1 10.0.0.12:80=0']);
    const { services } = await answered(world, again.director.service.status());
    expect(services[0]?.servers[1]).toMatchObject({ admin: 'drain', effectiveWeight: 0, weight: 2, health: 'up' });
  });
});

describe('drain', () => {
  it('answers with the row as the kernel has it: weight 0', async () => {
    const { world, director } = await started();
    const rows = value(await answered(world, director.service.drain({ address: 'second' })));
    expect(rows).toEqual([
      {
        service: 'web',
        address: '10.0.0.12:80',
        admin: 'drain',
        weight: 2,
        effectiveWeight: 0,
        activeConnections: 0,
        inactiveConnections: 0,
        persistentConnections: 0,
        weightOverride: null,
        left: 0,
      },
    ]);
    expect(director.events().at(-1)).toBe('admin web 10.0.0.12:80: drain');
  });

  it('outlives a check that fails and succeeds again: the row stays with weight 0', async () => {
    const { world, director } = await started();
    await answered(world, director.service.drain({ address: '10.0.0.11' }));
    const drained = ['tcp/10.0.0.1:80: 10.0.0.11:80=0 10.0.0.12:80=2'];
    for (const behaviour of ['refuses', 'answers'] as const) {
      world.servers.set('10.0.0.11:80', behaviour);
      await world.clock.advance(seconds(6));
      expect(world.table()).toEqual(drained);
    }
    value(await answered(world, director.service.undrain({ address: '10.0.0.11' })));
    expect(world.table()).toEqual(BOTH);
  });

  it('shows the connections that are left, for whoever waits for 0', async () => {
    const { world, director } = await started();
    await answered(world, director.service.drain({ address: '10.0.0.11' }));
    const [service] = world.ipvs.table;
    const row = service?.servers.find((s) => s.key.address === '10.0.0.11');
    if (service === undefined || row === undefined) throw new Error('no row');
    world.ipvs.observe(service.key, row.key, { activeConnections: 3, persistentConnections: 1 });
    await world.clock.advance(seconds(2));
    const [seen] = value(await answered(world, director.service.servers({ address: '10.0.0.11' })));
    expect(seen).toMatchObject({ activeConnections: 3, persistentConnections: 1, effectiveWeight: 0 });
  });

  it('refuses an unknown address, and names those that are near', async () => {
    const { world, director } = await started();
    expect(await answered(world, director.service.drain({ address: '10.0.0.13' }))).toEqual({
      ok: false,
      code: 'unknown-server',
      message: 'no server 10.0.0.13 in any service; there are 10.0.0.11:80, 10.0.0.12:80, second',
    });
    expect(await answered(world, director.service.drain({ address: '10.0.0.11', service: 'wbe' }))).toEqual({
      ok: false,
      code: 'unknown-service',
      message: 'no service wbe; there is web',
    });
  });

  it('changes nothing when it cannot be stored, and says so', async () => {
    const { world, director } = await started();
    world.store.full = 'ENOSPC: no space left on device';
    expect(await answered(world, director.service.drain({ address: '10.0.0.11' }))).toEqual({
      ok: false,
      code: 'state',
      message: 'nothing was changed: drain cannot be stored in /state: ENOSPC: no space left on device',
    });
    expect(world.table()).toEqual(BOTH);
  });

  it('says so when it is stored, but the kernel does not take it yet', async () => {
    const { world, director } = await started();
    world.ipvs.fault = (change) => (change.kind === 'editServer' ? 'ENOMEM' : null);
    const refused = await answered(world, director.service.drain({ address: '10.0.0.11' }));
    expect(refused).toMatchObject({ ok: false, code: 'table' });
    expect(refused.ok ? '' : refused.message).toContain('drain of 10.0.0.11:80 is stored, but the kernel');
    world.ipvs.fault = null;
    await world.clock.advance(seconds(6));
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=0 10.0.0.12:80=2']);
  });

  it('of a server that left the configuration is kept, named in status, and forgotten by undrain', async () => {
    const { world, director } = await started();
    await answered(world, director.service.drain({ address: 'second' }));
    director.kill();
    const again = await started(world, WEB.replace(/.*10\.0\.0\.12.*\n/, ''));
    const problem =
      '10.0.0.12:80 of tcp/10.0.0.1:80 is drained, but is not in the configuration: directorctl undrain 10.0.0.12:80 --service tcp/10.0.0.1:80 forgets that';
    expect((await answered(world, again.director.service.status())).problems).toEqual([problem]);
    value(await answered(world, again.director.service.undrain({ address: '10.0.0.12:80' })));
    expect((await answered(world, again.director.service.status())).problems).toEqual([]);
  });

  it('starts without drains from a file that makes no sense: set aside, one error, a problem in status', async () => {
    for (const text of ['{', '[]', '{"version":3,"servers":{}}', '{"version":1,"servers":{"x":{"admin":"drain"}}}']) {
      const world = new World();
      world.store.files.set('overrides.json', text);
      const { director } = await started(world);
      expect(world.store.files.get('overrides.json.corrupt')).toBe(text);
      expect(director.lines.filter((l) => l.startsWith('error'))).toHaveLength(1);
      const [problem] = (await answered(world, director.service.status())).problems;
      expect(problem).toContain('they lie in /state/overrides.json.corrupt now');
      expect(world.table()).toEqual(BOTH);
    }
  });
});

describe('the table', () => {
  it('is repaired within 2 s of `ipvsadm -C`, and that is told once', async () => {
    const { world, director } = await started();
    world.ipvs.meddle();
    const took = await world.until(() => world.table()[0] === BOTH[0], seconds(5));
    expect(toSeconds(took)).toBeLessThanOrEqual(1.01);
    expect(director.events().at(-1)).toBe(
      'table ipvs: repaired (add service tcp/10.0.0.1:80 (rr); add 10.0.0.11:80 to tcp/10.0.0.1:80 (dr, weight 1); add 10.0.0.12:80 to tcp/10.0.0.1:80 (dr, weight 2))',
    );
    const told = director.events().length;
    await world.clock.advance(seconds(10));
    expect(director.events()).toHaveLength(told);
  });

  it('is kept trying when the kernel has no IPVS: one log line, one problem, everything else goes on', async () => {
    const world = new World();
    world.ipvs.dumpFault = { what: 'ipvs.dump', code: 'no-ipvs', detail: 'load it with `modprobe ip_vs`' };
    const { director } = await started(world);
    await world.clock.advance(seconds(30));
    expect(director.told).toContainEqual({ kind: 'ready' });
    const errors = director.lines.filter((l) => l.startsWith('error'));
    expect(errors).toEqual([
      'error table is not as it should be, trying again: ipvs.dump load it with `modprobe ip_vs`: no-ipvs',
    ]);
    const status = await answered(world, director.service.status());
    expect(status.problems).toEqual(['ipvs.dump load it with `modprobe ip_vs`: no-ipvs']);
    expect(status.services[0]?.servers[0]).toMatchObject({ health: 'up', effectiveWeight: null });
    world.ipvs.dumpFault = null;
    await world.clock.advance(seconds(5));
    expect(world.table()).toEqual(BOTH);
    expect(director.events().at(-1)).toBe('table ipvs: recovered');
  });

  it('is nobody’s business where no service is configured and none was ours: it is not even read', async () => {
    const world = new World();
    world.ipvs.dumpFault = { what: 'ipvs.dump', code: 'no-ipvs', detail: 'load it with `modprobe ip_vs`' };
    const { director } = await started(world, 'vrrp: {}');
    await world.clock.advance(seconds(30));
    expect(director.told).toContainEqual({ kind: 'ready' });
    expect(world.ipvs.dumps).toBe(0);
    expect(director.lines.filter((l) => l.startsWith('error'))).toEqual([]);
    expect((await answered(world, director.service.status())).problems).toEqual([]);
  });

  it('is down in status where the kernel refuses it, whatever its servers say, and up when the kernel takes it', async () => {
    const world = new World();
    world.ipvs.fault = (change) => (change.kind === 'addService' ? 'ENOENT' : null);
    const { director } = await started(world);
    const state = async () => {
      const { services, problems } = await answered(world, director.service.status());
      return [services[0]?.state, services[0]?.servers.map((server) => server.health).join(), problems.length > 0];
    };
    expect(await state()).toEqual(['down', 'up,up', true]);
    world.ipvs.fault = null;
    await world.clock.advance(seconds(31));
    expect(await state()).toEqual(['up', 'up,up', false]);
  });

  it('is tried again with growing waits, at most 30 s, while the kernel refuses a change', async () => {
    const world = new World();
    world.ipvs.fault = () => 'ENOMEM';
    await started(world);
    const tries = (): number => world.ipvs.tried.filter((change) => change.kind === 'addService').length;
    await world.clock.advance(seconds(31));
    expect(tries()).toBe(8);
    await world.clock.advance(seconds(300));
    expect(tries()).toBe(18);
  });

  it('survives a table whose adapter throws', async () => {
    const { world, director } = await started();
    const { dump } = world.ipvs;
    world.ipvs.dump = async () => {
      throw new Error('netlink socket closed');
    };
    world.ipvs.read = world.ipvs.dump;
    await world.clock.advance(seconds(2));
    expect((await answered(world, director.service.status())).problems).toEqual(['table: netlink socket closed']);
    world.ipvs.dump = dump;
    await world.clock.advance(seconds(5));
    expect((await answered(world, director.service.status())).problems).toEqual([]);
  });

  it('is changed once for verdicts that come in together', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => `        - { address: 10.1.0.${i + 1}:80 }\n`).join('');
    const one = WEB.slice(0, WEB.indexOf('        - {')).replace('interval: 1s', 'interval: 10s') + lines;
    const { world } = await started(new World(), one);
    await world.clock.advance(seconds(10));
    expect(world.table()[0]?.split(' ')).toHaveLength(201);
    for (let i = 0; i < 200; i++) world.servers.set(`10.1.0.${i + 1}:80`, 'refuses');
    const { apply } = world.ipvs;
    let applied = 0;
    world.ipvs.apply = (changes) => {
      applied += 1;
      return apply.call(world.ipvs, changes);
    };
    await world.clock.advance(seconds(31));
    expect(world.table()).toEqual(['tcp/10.0.0.1:80:']);
    // One for each point of the grid on which some of them are checked.
    expect(applied).toBeLessThanOrEqual(200);
    expect(world.ipvs.dumps).toBe(1);
  });
});

describe('beside the router', () => {
  it('answers pings, and passes instances and events on', async () => {
    const { world, director } = await started();
    director.hear({ kind: 'ping', sequence: 41 });
    expect(director.told).toContainEqual({ kind: 'pong', sequence: 41 });
    director.instances = [{ name: 'VI_1', state: 'master' } as never];
    const seen: string[] = [];
    const end = director.service.subscribe((event) => seen.push(`${event.sequence} ${event.name} ${event.what}`));
    const next = (director.service.recent(1)[0]?.sequence ?? 0) + 1;
    director.hear({
      kind: 'event',
      event: { time: '2026-01-01T00:00:00.000Z', subject: 'instance', name: 'VI_1', what: 'master', reason: null },
    });
    end();
    expect(seen).toEqual([`${next} VI_1 master`]);
    const status = await answered(world, director.service.status());
    expect(status).toMatchObject({ version: '1.2.3', routerId: 'localhost', instances: [{ name: 'VI_1' }] });
  });

  it('asks the router for its instances before it tells a status', async () => {
    const { world, director } = await started();
    director.hear({ kind: 'instances', instances: [{ name: 'VI_1', state: 'init' } as never] });
    director.instances = [{ name: 'VI_1', state: 'backup', master: '10.0.0.2' } as never];
    expect(await answered(world, director.service.status())).toMatchObject({ instances: [{ master: '10.0.0.2' }] });
    expect(director.told).toContainEqual({ kind: 'query' });
  });

  it('ends when told to, and leaves or clears the table as configured', async () => {
    for (const [mode, left] of [
      ['leave', BOTH],
      ['clear', []],
    ] as const) {
      const { world, director } = await started(new World(), WEB.replace('ipvs:\n', `ipvs:\n  on_stop: ${mode}\n`));
      director.hear({ kind: 'stop' });
      await world.clock.advance(millis(10));
      expect(director.ending).toBe('stopped');
      expect(director.order.at(-1)).toBe('control closed');
      expect(world.table()).toEqual(left);
    }
  });

  it('ends within 2 s although the kernel does not answer', async () => {
    const { world, director } = await started();
    world.ipvs.dump = () => new Promise(() => {});
    await world.clock.advance(seconds(2));
    director.hear({ kind: 'stop' });
    await world.clock.advance(millis(2_001));
    expect(director.ending).toBe('stopped');
  });

  it('carries out the last will when the router dies, leaves the table, and ends', async () => {
    const { world, director } = await started(new World(), WEB.replace('ipvs:\n', 'ipvs:\n  on_stop: clear\n'));
    director.closed();
    await world.clock.advance(millis(10));
    expect(director.order.slice(-2)).toEqual(['router died', 'control closed']);
    expect(director.ending).toBe('router-died');
    expect(world.table()).toEqual(BOTH);
  });

  it('tells the router why it cannot go on, and ends', async () => {
    const world = new World();
    const reason = 'another directord listens on /run/directord/control.sock';
    const director = new TestDirector(world, configured(WEB), { controlError: reason });
    await world.clock.advance(millis(10));
    expect(director.told).toEqual([{ kind: 'failed', reason }]);
    expect(director.ending).toBe('failed');
  });

  it('tells it the verdicts of the track scripts: the first at once, then each change', async () => {
    const world = new World();
    const scripts = 'track:\n  scripts:\n    - { name: chk, command: [/bin/chk], interval: 2s, rise: 2, fall: 2 }\n';
    const vrrp =
      'vrrp:\n  instances:\n    - { name: VI, interface: eth0, virtual_router_id: 1, virtual_addresses: [10.0.0.1/24], track: { scripts: [chk] } }\n';
    const director = new TestDirector(world, configured(scripts + vrrp));
    await world.clock.advance(millis(6));
    const verdicts = () => director.told.filter((m) => m.kind === 'track');
    expect(verdicts()).toEqual([{ kind: 'track', track: 'script/chk', up: true, reason: null }]);
    world.scripts.set('/bin/chk', { kind: 'exit', code: 3 });
    await world.clock.advance(seconds(2));
    expect(verdicts()).toHaveLength(1);
    await world.clock.advance(seconds(2));
    expect(verdicts().slice(1)).toEqual([{ kind: 'track', track: 'script/chk', up: false, reason: 'exit code 3' }]);
    world.scripts.set('/bin/chk', { kind: 'refused', why: '/bin/chk does not exist' });
    await world.clock.advance(seconds(2));
    expect((await answered(world, director.service.status())).problems).toEqual([
      'script chk: /bin/chk does not exist',
    ]);
    world.scripts.clear();
    await world.clock.advance(seconds(4));
    expect(verdicts().slice(2)).toEqual([{ kind: 'track', track: 'script/chk', up: true, reason: null }]);
  });
});
