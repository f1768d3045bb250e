import { describe, expect, it } from 'vitest';
import { millis, seconds } from '../../src/values/time.js';
import { configured, TestDirector, World } from './harness.js';

const CONFIG = `
ipvs:
  on_stop: clear
  services:
    - name: web
      address: 10.0.0.1:80
      check: { type: tcp, interval: 1s, timeout: 500ms, rise: 1, fall: 1 }
      on_quorum_up: [/bin/up]
      on_quorum_down: { command: [/bin/down, --now], timeout: 2s, user: operator }
      servers:
        - { address: 10.0.0.11:80 }
`;

async function started(config = CONFIG, world = new World()) {
  const director = new TestDirector(world, configured(config));
  await world.clock.advance(seconds(2));
  return { world, director };
}

/** What was run, as `USER: COMMAND PREVIOUS>STATE (REASON)`. */
const runs = (world: World): string[] =>
  world.runs.map(({ command, user, environment: e = {} }) => {
    const change = `${e.DIRECTORD_PREVIOUS_STATE}>${e.DIRECTORD_STATE}`;
    return `${user ?? '-'}: ${command.join(' ')} ${change} (${e.DIRECTORD_REASON})`;
  });

describe('commands of a service', () => {
  it('run when it gains and loses its quorum, the first time after a start as well, and at a stop that clears', async () => {
    const { world, director } = await started();
    world.servers.set('10.0.0.11:80', 'refuses');
    await world.clock.advance(seconds(2));
    world.servers.set('10.0.0.11:80', 'answers');
    await world.clock.advance(seconds(2));
    director.hear({ kind: 'stop' });
    await world.clock.advance(millis(100));
    expect(director.ending).toBe('stopped');
    expect(runs(world)).toEqual([
      '-: /bin/up INIT>UP ()',
      'operator: /bin/down --now UP>DOWN (no server is up and takes new connections)',
      '-: /bin/up DOWN>UP ()',
      'operator: /bin/down --now UP>DOWN (directord stops)',
    ]);
    expect(world.runs[0]?.environment).toMatchObject({
      DIRECTORD_KIND: 'SERVICE',
      DIRECTORD_NAME: 'web',
      DIRECTORD_ADDRESSES: '10.0.0.1:80',
    });
  });

  it('do not run at a stop that leaves the table', async () => {
    const { world, director } = await started(CONFIG.replace('on_stop: clear', 'on_stop: leave'));
    director.hear({ kind: 'stop' });
    await world.clock.advance(millis(100));
    expect(runs(world)).toEqual(['-: /bin/up INIT>UP ()']);
  });

  it('run one at a time; what changes to and fro meanwhile is folded, and the last state is told', async () => {
    const world = new World();
    world.scripts.set('/bin/up', { kind: 'exit', code: 0 });
    world.takes.set('/bin/up', seconds(9));
    const { director } = await started(CONFIG, world);
    for (const behaviour of ['refuses', 'answers', 'refuses', 'answers', 'refuses'] as const) {
      world.servers.set('10.0.0.11:80', behaviour);
      await world.clock.advance(millis(1_100));
    }
    expect(runs(world)).toHaveLength(1);
    await world.clock.advance(seconds(10));
    expect(runs(world).at(-1)).toContain('/bin/down');
    expect(runs(world).length).toBeLessThan(5);
    expect(director.ending).toBe(null);
  });

  it('that fail are an event and a line of the log', async () => {
    const world = new World();
    world.scripts.set('/bin/up', { kind: 'exit', code: 3 });
    const { director } = await started(CONFIG, world);
    expect(director.events().find((e) => e.startsWith('notify'))).toMatch(
      /^notify web: failed \(notify quorum command \/bin\/up for up: .*3/,
    );
  });
});
