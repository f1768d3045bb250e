import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { removedServers } from '../../src/director/reload-removal.js';
import { millis, seconds } from '../../src/values/time.js';
import { configured, TestDirector, WEB, World } from './harness.js';

const HEAD = 'ipvs:\n  services:\n';
const row = (s: number, n: number): string => `        - { address: 10.1.${s}.${n}:80, weight: ${n} }\n`;
const service = (s: number, rows: readonly number[]): string =>
  `    - name: s${s}\n      address: 10.0.0.${s}:80\n      servers:\n${rows.map((n) => row(s, n)).join('')}`;

describe('a file that only lacks lines of servers', () => {
  const before = HEAD + service(1, [1, 2, 3]) + service(2, [1, 2]) + service(3, [4]);
  const config = configured(before);

  it('is known without being read as YAML', () => {
    for (const after of [before.replace(row(1, 1), ''), before.replace(row(1, 3), ''), before.replace(row(2, 2), '')]) {
      expect(removedServers(before, config, after)).toEqual(configured(after));
    }
    const two = before.replace(row(1, 1) + row(1, 2), '');
    expect(removedServers(before, config, two)).toEqual(configured(two));
  });

  it('is left to the whole check where it is anything else', () => {
    for (const after of [
      before,
      before.replace(row(3, 4), ''),
      before.replace(service(2, [1, 2]), ''),
      before.replace('10.1.1.2:80', '10.1.1.2:8'),
      before.replace(row(1, 1), '').replace('name: s2', 'name: s22'),
      before.replace(row(1, 2), row(1, 2).trimEnd()),
      before.replace('      servers:\n', ''),
      '',
    ]) {
      expect(removedServers(before, config, after)).toBeNull();
    }
  });

  it('says the same as the whole check, whatever lines are gone (500 files)', () => {
    const lines = before.split('\n');
    fc.assert(
      fc.property(fc.nat(lines.length), fc.nat(4), (from, many) => {
        const after = lines.toSpliced(from, many).join('\n');
        const quick = removedServers(before, config, after);
        if (quick !== null) expect(quick).toEqual(configured(after));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a server that is just gone from the file', () => {
  it('loses its row with one change, and is told once', async () => {
    const world = new World();
    const director = new TestDirector(world, configured(WEB));
    await world.clock.advance(seconds(3));
    const tried = world.ipvs.tried.length;
    world.glance = WEB;
    world.file = WEB.replace('        - { address: 10.0.0.11:80 }\n', '');
    const work = director.service.reload(false, () => {});
    await world.clock.advance(millis(20));
    expect(await work).toMatchObject({ ok: true, value: { summary: '1 server removed' } });
    expect(world.ipvs.tried.slice(tried)).toMatchObject([{ kind: 'removeServer' }]);
    await world.clock.advance(seconds(10));
    expect(world.ipvs.tried.length).toBe(tried + 1);
    expect(director.events().filter((event) => event.startsWith('config'))).toEqual([
      'config test.yaml: reloaded (1 server removed)',
    ]);
  });

  it('comes back where the router refuses the file', async () => {
    const world = new World();
    const director = new TestDirector(world, configured(WEB));
    await world.clock.advance(seconds(3));
    const table = world.table();
    world.glance = WEB;
    world.file = WEB.replace('        - { address: 10.0.0.11:80 }\n', '');
    director.refuses = 'not now';
    const work = director.service.reload(false, () => {});
    await world.clock.advance(seconds(2));
    expect(await work).toMatchObject({ ok: false, code: 'router' });
    expect(world.table()).toEqual(table);
  });
});
