import { describe, expect, it } from 'vitest';
import type { Outcome, ReloadReport } from '../../src/control/service.js';
import { micros, millis, seconds } from '../../src/values/time.js';
import { answered, configured, TestDirector, WEB, World } from './harness.js';

/** A director that runs `file`, three seconds after its start: every check has had its first result. */
async function started(file = WEB, world = new World()) {
  world.file = file;
  const director = new TestDirector(world, configured(file));
  await world.clock.advance(seconds(3));
  return { world, director, ...acts(world, director) };
}

function acts(world: World, director: TestDirector) {
  const problems: string[] = [];
  const reload = async (file: string, dryRun = false): Promise<Outcome<ReloadReport>> => {
    world.file = file;
    const work = director.service.reload(dryRun, ({ text }) => problems.push(text));
    await world.clock.advance(millis(5));
    return work;
  };
  const lines = async (file: string, dryRun = false): Promise<string[]> => {
    const outcome = await reload(file, dryRun);
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome.value.changes.map((change) => change.text);
  };
  return { reload, lines, problems };
}

const BOTH = 'tcp/10.0.0.1:80: 10.0.0.11:80=1 10.0.0.12:80=2';
const edited = (from: string | RegExp, to: string): string => WEB.replace(from, to);
const MORE = `${WEB}        - { address: 10.0.0.13:80 }\n`;
const LESS = edited(/ {8}- \{ address: 10.0.0.11:80 \}\n/, '');

/** The kernel's changes since the world began. */
const counted = (world: World) => {
  const before = world.ipvs.tried.length;
  return () => world.ipvs.tried.slice(before);
};

describe('a reload', () => {
  it('of an identical file changes nothing, and asks the router for nothing', async () => {
    const { world, director, reload } = await started();
    const changes = counted(world);
    expect(await reload(WEB)).toMatchObject({ ok: true, value: { applied: false, summary: 'nothing to change' } });
    expect(await reload(`${WEB}\n# a comment\n`)).toMatchObject({ ok: true, value: { applied: false, changes: [] } });
    expect(changes()).toEqual([]);
    expect(director.told.filter((message) => message.kind === 'reload')).toEqual([]);
  });

  it('of a file without one server makes exactly one change in the kernel', async () => {
    const { world, lines } = await started();
    const changes = counted(world);
    expect(await lines(LESS)).toEqual(['- server 10.0.0.11:80 in web (weight 1)']);
    expect(changes()).toMatchObject([{ kind: 'removeServer' }]);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.12:80=2']);
  });

  it('is rehearsed some seconds after the start, and nothing changes by that: no row, no verdict, no event, no word', async () => {
    const world = new World();
    world.servers.set('10.0.0.11:80', 'refuses');
    const director = new TestDirector(world, configured(WEB));
    await world.clock.advance(millis(2_950));
    const { service } = director;
    const look = async () => {
      const { services } = await answered(world, service.status());
      return [services, service.recent(100), world.table()];
    };
    const before = await look();
    const [changes, told, lines] = [counted(world), director.told.length, director.lines.length];
    await world.clock.advance(millis(100));
    expect(await look()).toEqual(before);
    expect(changes()).toEqual([]);
    expect(director.told.slice(told).filter(({ kind }) => kind !== 'query')).toEqual([]);
    expect(director.lines.slice(lines)).toEqual([]);
  });

  it('gives a server its own on_failure, and takes it back, while it is down; of a whole service it is told once', async () => {
    const { world, lines } = await started();
    world.servers.set('10.0.0.11:80', 'refuses');
    await world.clock.advance(seconds(10));
    const [gone, kept] = ['tcp/10.0.0.1:80: 10.0.0.12:80=2', 'tcp/10.0.0.1:80: 10.0.0.11:80=0 10.0.0.12:80=2'];
    expect(world.table()).toEqual([gone]);
    const own = edited('address: 10.0.0.11:80 }', 'address: 10.0.0.11:80, on_failure: zero }');
    expect(await lines(own)).toEqual(['~ server 10.0.0.11:80 in web: on_failure remove -> zero']);
    expect(world.table()).toEqual([kept]);
    expect(await lines(WEB)).toEqual(['~ server 10.0.0.11:80 in web: on_failure zero -> remove']);
    expect(world.table()).toEqual([gone]);
    const all = edited('scheduler: rr', 'scheduler: rr\n      on_failure: zero');
    expect(await lines(all)).toEqual(['~ service web: on_failure remove -> zero']);
    expect(world.table()).toEqual([kept]);
  });

  it('adds a server once its first check has succeeded', async () => {
    const { world, lines } = await started();
    const changes = counted(world);
    expect(await lines(MORE)).toEqual(['+ server 10.0.0.13:80 in web (weight 1)']);
    expect(world.table()).toEqual([BOTH]);
    await world.clock.advance(seconds(1));
    expect(world.table()).toEqual([`${BOTH} 10.0.0.13:80=1`]);
    expect(changes()).toMatchObject([{ kind: 'addServer' }]);
  });

  it('edits what has changed and leaves the rest alone', async () => {
    const { world, lines } = await started();
    const changes = counted(world);
    expect(await lines(edited('scheduler: rr', 'scheduler: wrr').replace('weight: 2', 'weight: 7'))).toEqual([
      '~ service web: scheduler rr -> wrr',
      '~ server 10.0.0.12:80 in web: weight 2 -> 7',
    ]);
    expect(changes()).toMatchObject([{ kind: 'editService' }, { kind: 'editServer' }]);
  });

  it('with --dry-run says what would change, and changes nothing', async () => {
    const { world, director, reload } = await started();
    const changes = counted(world);
    const plan = await reload(LESS, true);
    expect(plan).toMatchObject({ ok: true, value: { applied: false, summary: '1 server removed' } });
    expect(changes()).toEqual([]);
    expect(director.told.filter((message) => message.kind === 'reload')).toEqual([]);
    expect(await reload(WEB)).toMatchObject({ ok: true, value: { changes: [] } });
  });

  it('of a broken file changes nothing, and says all that is wrong with it, with line and column', async () => {
    const { world, director, reload, problems } = await started();
    const changes = counted(world);
    const outcome = await reload(edited('interval: 1s', 'interval: 1').replace('weight: 2', 'weight: x'));
    expect(outcome).toMatchObject({ ok: false, code: 'invalid' });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^test\.yaml:7:\d+: ipvs\.services\[0\]\.check\.interval: found 1, which has no unit/);
    expect(director.lines.filter((line) => line.includes('test.yaml:7:'))).not.toEqual([]);
    await world.clock.advance(seconds(5));
    expect(changes()).toEqual([]);
    expect(world.table()).toEqual([BOTH]);
  });

  it('that would need a restart is refused with words, as a whole', async () => {
    const { world, director, reload } = await started();
    const outcome = await reload(`control: { socket: /run/other.sock }\n${LESS}`);
    expect(outcome).toEqual({
      ok: false,
      code: 'restart',
      message: 'nothing was changed: restart needed for control.socket /run/directord/control.sock -> /run/other.sock',
    });
    expect(world.table()).toEqual([BOTH]);
    expect(director.told.filter((message) => message.kind === 'reload')).toEqual([]);
  });

  it('that is none of the router’s business is followed at once, and hands the router what later directors start with', async () => {
    const { world, director, lines } = await started();
    world.aside = true;
    // It has nothing to refuse, and is not waited for.
    director.refuses = 'never said';
    expect(await lines(LESS)).toEqual(['- server 10.0.0.11:80 in web (weight 1)']);
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.12:80=2']);
    expect(director.told.filter((message) => message.kind === 'reload')).toHaveLength(1);
  });

  it('that the router refuses changes nothing here either, and keeps the file that runs for the next start', async () => {
    const { world, director, reload } = await started();
    world.store.files.set('running.yaml', WEB);
    director.refuses = 'VI_1 cannot do that';
    const outcome = await reload(LESS);
    expect(outcome).toEqual({ ok: false, code: 'router', message: 'nothing was changed: VI_1 cannot do that' });
    expect(world.table()).toEqual([BOTH]);
    expect(world.store.files.get('running.yaml')).toBe(WEB);
    director.refuses = null;
    expect(await reload(LESS)).toMatchObject({ ok: true });
    expect(world.store.files.get('running.yaml')).toBe(LESS);
  });

  it('is one at a time: a second verb is refused, a SIGHUP waits', async () => {
    const { world, director, reload } = await started();
    world.file = LESS;
    const first = director.service.reload(false, () => {});
    const second = director.service.reload(false, () => {});
    expect(await second).toMatchObject({ ok: false, code: 'busy' });
    director.hangup();
    await world.clock.advance(millis(5));
    expect(await first).toMatchObject({ ok: true, value: { applied: true } });
    await world.clock.advance(millis(5));
    expect(director.lines.filter((line) => line.includes('reload of test.yaml: nothing to change'))).toHaveLength(1);
    expect(await reload(WEB)).toMatchObject({ ok: true });
  });

  it('by SIGHUP, here or through the router, is told in log and events', async () => {
    const { world, director } = await started();
    world.file = LESS;
    director.hear({ kind: 'reload' });
    await world.clock.advance(millis(5));
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.12:80=2']);
    expect(director.events().at(-1)).toBe('config test.yaml: reloaded (1 server removed)');
    expect(director.lines).toContain('info reload: - server 10.0.0.11:80 in web (weight 1)');
    world.file = 'ipvs: [';
    director.hangup();
    await world.clock.advance(millis(5));
    expect(director.events().at(-1)).toMatch(
      /^config test.yaml: refused \(nothing was changed: test.yaml has 1 problem/,
    );
  });
});

describe('over a reload', () => {
  it('an unchanged check keeps its place on the grid and its counts towards a verdict', async () => {
    const quiet = new World();
    const disturbed = new World();
    const seen = [quiet, disturbed].map(async (world, i) => {
      const { lines } = await started(WEB, world);
      world.servers.set('10.0.0.11:80', 'refuses');
      const from = world.clock.now();
      await world.clock.advance(millis(2_100));
      if (i === 1) await lines(MORE.replace('weight: 2', 'weight: 3'));
      await world.until(() => !world.table()[0]?.includes('10.0.0.11'), seconds(10));
      return world.clock.now() - from;
    });
    const [one, other] = await Promise.all(seen);
    expect(other).toBe(one);
  });

  it('a server whose check changes stays what it was until the new check has a result', async () => {
    const { world, director, lines } = await started();
    world.servers.set('10.0.0.11:80', 'refuses');
    await world.clock.advance(seconds(5));
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.12:80=2']);
    const changes = counted(world);
    const events = director.events().length;
    expect(await lines(edited('interval: 1s', 'interval: 2s'))).toEqual(['~ service web: check.interval 1s -> 2s']);
    const status = director.service.status();
    await world.clock.advance(millis(5));
    expect((await status).services[0]?.servers.map((server) => server.health)).toEqual(['down', 'up']);
    await world.clock.advance(seconds(10));
    expect(changes()).toEqual([]);
    expect(director.events().slice(events)).toEqual(['config test.yaml: reloaded (1 service changed)']);
  });

  it('a drain stays, and a server that is gone and comes back is still drained', async () => {
    const { world, director, lines } = await started();
    const drained = director.service.drain({ address: '10.0.0.11' }, null);
    await world.clock.advance(millis(300));
    expect(await drained).toMatchObject({ ok: true });
    await lines(MORE);
    expect(world.table()[0]).toContain('10.0.0.11:80=0');
    await lines(LESS);
    expect(world.table()[0]).not.toContain('10.0.0.11');
    await lines(WEB);
    await world.clock.advance(seconds(2));
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=0 10.0.0.12:80=2']);
  });

  it('a server whose service moves to another address stays drained, and the plan says so', async () => {
    const { world, director, reload, lines } = await started();
    await answered(world, director.service.drain({ address: '10.0.0.11' }, null));
    const moved = edited('address: 10.0.0.1:80', 'address: 10.0.0.9:80');
    const plan = [
      '+ service web (tcp/10.0.0.9:80, rr, 2 servers, 10.0.0.11:80 stays drained)',
      '- service web (tcp/10.0.0.1:80, rr, 2 servers)',
    ];
    expect(await lines(moved, true)).toEqual(plan);
    world.store.full = 'no space left on device';
    expect(await reload(moved)).toMatchObject({ ok: false, message: 'nothing was changed: no space left on device' });
    expect(world.table()).toEqual(['tcp/10.0.0.1:80: 10.0.0.11:80=0 10.0.0.12:80=2']);
    world.store.full = null;
    director.refuses = 'it does not like it';
    expect(await reload(moved)).toMatchObject({ ok: false, code: 'router' });
    expect(world.store.files.get('overrides.json')).not.toContain('10.0.0.9:80');
    director.refuses = null;
    expect(await lines(moved)).toEqual(plan);
    await world.clock.advance(seconds(2));
    expect(world.table()).toEqual(['tcp/10.0.0.9:80: 10.0.0.11:80=0 10.0.0.12:80=2']);
    expect((await answered(world, director.service.status())).problems).toEqual([]);
    await answered(world, director.service.undrain({ address: '10.0.0.11' }, null));
    expect(world.table()).toEqual(['tcp/10.0.0.9:80: 10.0.0.11:80=1 10.0.0.12:80=2']);
  });

  it('the plan says of a server that is new what an administrator has said of it, or of the same host elsewhere', async () => {
    const { world, director, lines } = await started();
    await answered(world, director.service.drain({ address: '10.0.0.11' }, null));
    await answered(world, director.service.weight({ address: '10.0.0.12' }, 7, null));
    const other = `    - { name: other, address: 10.0.0.2:80, scheduler: rr, servers: [{ address: 10.0.0.11:80 }, { address: 10.0.0.12:80 }] }\n`;
    expect(await lines(WEB + other, true)).toEqual([
      '+ service other (tcp/10.0.0.2:80, rr, 2 servers, 10.0.0.11:80 takes connections here, although drained in web)',
    ]);
    await lines(LESS);
    expect(await lines(WEB, true)).toEqual(['+ server 10.0.0.11:80 in web (weight 1, stays drained)']);
  });

  it('a server that is new and not checked is up since then', async () => {
    const { world, director, lines } = await started();
    const since = async () => {
      const { services } = await answered(world, director.service.status());
      return services.at(-1)?.servers[0]?.since;
    };
    await world.clock.advance(seconds(60));
    const other = `    - { name: other, address: 10.0.0.2:80, scheduler: rr, servers: [{ address: 10.0.0.21:80 }] }\n`;
    const before = await since();
    await lines(WEB + other);
    const come = await since();
    expect(Date.parse(come ?? '') - Date.parse(before ?? '')).toBeGreaterThan(50_000);
    await lines(WEB + other.replace('rr', 'wrr'));
    expect(await since()).toBe(come);
  });

  it('a server that comes back is unknown since then, until its first verdict', async () => {
    const { world, director, lines } = await started();
    await lines(LESS);
    await world.clock.advance(seconds(60));
    world.servers.set('10.0.0.11:80', 'ours');
    await lines(WEB);
    const status = await answered(world, director.service.status());
    const server = status.services[0]?.servers.find((each) => each.address === '10.0.0.11:80');
    expect(server).toMatchObject({ health: 'unknown', since: expect.stringMatching(/^2026-01-01T00:01:03/) });
  });

  it('a service that is renamed keeps its rows', async () => {
    const { world, lines } = await started();
    const changes = counted(world);
    expect(await lines(edited('name: web', 'name: shop'))).toEqual(['~ service shop: name web -> shop']);
    await world.clock.advance(seconds(3));
    expect(changes()).toEqual([]);
  });

  it('a service that leaves the file leaves the table, and no probe of it runs on', async () => {
    const { world, lines } = await started();
    const other = WEB.replace('10.0.0.1:80', '10.0.0.2:80').replace(/10\.0\.0\.1(\d)/g, '10.0.1.1$1');
    expect(await lines(other)).toEqual([
      '+ service web (tcp/10.0.0.2:80, rr, 2 servers)',
      '- service web (tcp/10.0.0.1:80, rr, 2 servers)',
    ]);
    await world.clock.advance(seconds(1));
    expect(world.table()).toEqual(['tcp/10.0.0.2:80: 10.0.1.11:80=1 10.0.1.12:80=2']);
    const before = world.probes;
    await world.clock.advance(seconds(10));
    expect(world.probes - before).toBe(20);
  });
});

const SCRIPTS = (interval: string, more = ''): string => `
track:
  scripts:
    - { name: one, command: [/bin/one], interval: 10s }
    - { name: two, command: [/bin/two], interval: ${interval} }
${more}${WEB}`;

describe('track scripts over a reload', () => {
  it('keep verdict and timers where they are the same, and their verdict until the first result where not', async () => {
    const { world, director, lines } = await started(SCRIPTS('10s'));
    const verdicts = () => director.told.filter((message) => message.kind === 'track').length;
    expect(verdicts()).toBe(2);
    world.scripts.set('/bin/one', { kind: 'exit', code: 1 });
    world.scripts.set('/bin/two', { kind: 'exit', code: 1 });
    expect(await lines(SCRIPTS('20s'))).toEqual(['~ script two: interval 10s -> 20s, timeout 10s -> 20s']);
    await world.clock.advance(millis(10));
    expect(director.events().filter((event) => event.startsWith('script'))).toEqual([
      'script one: up',
      'script two: up',
      'script two: down (exit code 1)',
    ]);
    await world.clock.advance(micros(7_000_000));
    expect(director.events().at(-1)).toBe('script one: down (exit code 1)');
  });
});
