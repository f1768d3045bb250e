import { describe, expect, it } from 'vitest';
import { millis, seconds } from '../../src/values/time.js';
import { configured, TestDirector, WEB, World } from './harness.js';

const TRACKS = `
track:
  scripts:
    - { name: a, command: [/bin/a], interval: 1s }
    - { name: b, command: [/bin/b], interval: 1s }
    - { name: c, command: [/bin/c], interval: 1s, reverse: true }
  processes:
    - { name: haproxy, process: haproxy, quorum: 2, up_delay: 3s, down_delay: 1s }
    - { name: unused, process: unused }
  files: [{ name: load, path: /run/load }]
  services: [{ name: web, service: web }]
  routes: [{ name: uplink, to: default, interface: eth0 }]
  quorums: [{ name: two, of: [a, b, c], need: 2 }]
vrrp:
  instances:
    - name: VI
      interface: eth0
      virtual_router_id: 1
      virtual_addresses: [10.0.0.1/24]
      track: { processes: [haproxy], files: [load], services: [web], routes: [uplink], quorums: [two] }
`;

/** A director that tracks one of each kind, in a world where all is well, and what it told the router of one of them. */
async function tracking(world = new World()) {
  world.senses.live('haproxy', 2);
  world.scripts.set('/bin/c', { kind: 'exit', code: 1 });
  const director = new TestDirector(world, configured(`${TRACKS}${WEB}`));
  await world.clock.advance(seconds(3));
  const told = (track: string): string[] =>
    director.told.flatMap((m) => {
      if (m.kind !== 'track' || m.track !== track) return [];
      const what = m.value === undefined ? (m.up ? 'up' : 'down') : String(m.value);
      return [m.reason === null ? what : `${what}: ${m.reason}`];
    });
  const events = (): string[] => director.events().filter((line) => line.startsWith('track '));
  return { world, director, told, events };
}

describe('what instances track besides scripts', () => {
  it('is told to the router at the start, all but what no instance tracks, and is an event each', async () => {
    const { told, events } = await tracking();
    for (const track of ['process/haproxy', 'service/web', 'route/uplink', 'quorum/two']) {
      expect([track, ...told(track)]).toEqual([track, 'up']);
    }
    expect(told('file/load')).toEqual(['0']);
    expect(told('process/unused')).toEqual([]);
    expect(events().sort()).toEqual([
      'track file/load: value (0)',
      'track process/haproxy: up',
      'track quorum/two: up',
      'track route/uplink: up',
      'track service/web: up',
    ]);
  });

  it('processes: too few count when that has lasted for its delay, and say how many there are', async () => {
    const { world, told, events } = await tracking();
    world.senses.live('haproxy', 1);
    await world.clock.advance(millis(999));
    expect(told('process/haproxy')).toEqual(['up']);
    await world.clock.advance(millis(1));
    expect(told('process/haproxy').slice(1)).toEqual(['down: 1 runs, needs 2']);
    world.senses.live('haproxy', 0);
    expect(told('process/haproxy').slice(2)).toEqual(['down: none runs, needs 2']);
    world.senses.live('haproxy', 5);
    world.senses.live('haproxy', 2);
    await world.clock.advance(seconds(3));
    expect(told('process/haproxy').slice(3)).toEqual(['up']);
    expect(events().filter((e) => e.includes('haproxy'))).toEqual([
      'track process/haproxy: up',
      'track process/haproxy: down (1 runs, needs 2)',
      'track process/haproxy: up',
    ]);
  });

  it('files: each new number once, and a problem while there is none in it', async () => {
    const { world, director, told, events } = await tracking();
    for (const text of ['-20\n', '-20', 'many', null]) world.senses.write('/run/load', text);
    const odd = 'counts as 0: it has "many"; allowed: a whole number from -2147483648 to 2147483647';
    expect(told('file/load')).toEqual(['0', '-20', `0: ${odd}`, '0']);
    expect(events().filter((e) => e.includes('load')).length).toBe(4);
    world.senses.write('/run/load', 'many');
    expect((await director.service.status()).problems).toEqual([`file load (/run/load) ${odd}`]);
    world.senses.write('/run/load', '5');
    expect((await director.service.status()).problems).toEqual([]);
  });

  it('services: down when the last server is down or drained, and not before all were checked', async () => {
    const { world, director, told } = await tracking();
    world.servers.set('10.0.0.11:80', 'refuses');
    world.servers.set('10.0.0.12:80', 'refuses');
    await world.clock.advance(seconds(5));
    expect(told('service/web').slice(1)).toEqual(['down: no server is up and takes new connections']);
    const second = await tracking(world);
    expect(second.told('service/web')).toEqual(['down: no server is up and takes new connections']);
    world.servers.clear();
    await world.clock.advance(seconds(5));
    expect(told('service/web').slice(2)).toEqual(['up']);
    for (const address of ['10.0.0.11', '10.0.0.12']) {
      await director.service.drain({ address });
    }
    expect(told('service/web').slice(3)).toEqual(['down: no server is up and takes new connections']);
  });

  it('routes: what is missing, in words', async () => {
    const { world, told } = await tracking();
    world.senses.route('0.0.0.0', false);
    world.senses.route('0.0.0.0', true);
    expect(told('route/uplink')).toEqual(['up', 'down: no IPv4 default route by eth0', 'up']);
  });

  it('quorums: two of three scripts, one of which is tracked in reverse', async () => {
    const { world, told } = await tracking();
    world.scripts.set('/bin/a', { kind: 'exit', code: 1 });
    await world.clock.advance(seconds(2));
    expect(told('quorum/two')).toEqual(['up']);
    world.scripts.set('/bin/c', { kind: 'exit', code: 0 });
    await world.clock.advance(seconds(2));
    expect(told('quorum/two').slice(1)).toEqual(['down: 1 of 3 good, needs 2 (a failed: exit code 1; c succeeded)']);
  });
});
