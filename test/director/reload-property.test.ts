import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/values/time.js';
import { configured, TestDirector, World } from './harness.js';

/** One server of a random file: its number, its weight, and whether it refuses connections. */
const server = fc.record({ n: fc.integer({ min: 1, max: 6 }), weight: fc.integer({ min: 0, max: 3 }) });

const service = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  port: fc.constantFrom(80, 443),
  scheduler: fc.constantFrom('rr', 'wrr', 'wlc'),
  interval: fc.constantFrom('none', '1s', '2s'),
  forward: fc.constantFrom('dr', 'masq'),
  protocol: fc.constantFrom('tcp', 'udp'),
  servers: fc.uniqueArray(server, { selector: (each) => each.n, maxLength: 5 }),
});

const script = fc.record({ n: fc.integer({ min: 1, max: 3 }), interval: fc.constantFrom('1s', '2s') });

const file = fc
  .record({
    services: fc.uniqueArray(service, {
      selector: ({ n, port, protocol }) => `${n} ${port} ${protocol}`,
      maxLength: 5,
    }),
    scripts: fc.uniqueArray(script, { selector: (each) => each.n, maxLength: 3 }),
  })
  .map(({ services, scripts }) => {
    const some = services.map(({ n, port, scheduler, interval, forward, protocol, servers }) => {
      const check = interval === 'none' ? '' : `      check: { type: tcp, interval: ${interval}, timeout: 500ms }\n`;
      const rows = servers.map((each) => `        - { address: 10.1.0.${each.n}:${port}, weight: ${each.weight} }\n`);
      const list = rows.length === 0 ? '      servers: []\n' : `      servers:\n${rows.join('')}`;
      const head = `    - address: 10.0.0.${n}:${port}\n      protocol: ${protocol}\n      scheduler: ${scheduler}\n`;
      return `${head}      forward: ${forward}\n${check}${list}`;
    });
    const tracked = scripts.map(
      (each) => `    - { name: s${each.n}, command: [/bin/s${each.n}], interval: ${each.interval} }\n`,
    );
    const track = tracked.length === 0 ? '' : `track:\n  scripts:\n${tracked.join('')}`;
    return `${track}ipvs:\n${some.length === 0 ? '  services: []\n' : `  services:\n${some.join('')}`}`;
  });

/** Servers 1 to 6 on both ports; those that refuse do so from the start. */
function world(refusing: readonly number[]): World {
  const made = new World();
  for (const n of refusing) for (const port of [80, 443]) made.servers.set(`10.1.0.${n}:${port}`, 'refuses');
  return made;
}

/** What is seen of a director from outside once all checks have had time to settle. */
async function seen(at: World, director: TestDirector) {
  await at.clock.advance(seconds(5));
  const status = director.service.status();
  await at.clock.advance(seconds(1));
  const { services, problems } = await status;
  const from = at.probes;
  await at.clock.advance(seconds(20));
  return {
    table: at.ipvs.table
      .map(({ key, settings, servers }) => ({
        key,
        settings,
        servers: servers.map((s) => `${s.key.address}:${s.key.port} ${s.forward} ${s.weight}`).sort(),
      }))
      .sort((a, b) => (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1)),
    services: services
      .map(({ since: _, servers, ...rest }) => ({
        ...rest,
        servers: servers.map(({ since: _s, lastCheck, ...server }) => ({ ...server, checked: lastCheck?.ok ?? null })),
      }))
      .sort((a, b) => (`${a.protocol} ${a.address}` < `${b.protocol} ${b.address}` ? -1 : 1)),
    problems,
    probes: at.probes - from,
  };
}

describe('a reload from one file to another', () => {
  it('ends where a fresh start with the other one does, and one back where the first began (60 pairs)', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(file, file, fc.subarray([1, 2, 3, 4, 5, 6]), async (first, second, refusing) => {
        const reloaded = world(refusing);
        const director = new TestDirector(reloaded, configured(first));
        await reloaded.clock.advance(seconds(4));
        for (const next of [second, first]) {
          reloaded.file = next;
          const work = director.service.reload(false, () => {});
          await reloaded.clock.advance(seconds(1));
          expect(await work).toMatchObject({ ok: true });
          const fresh = world(refusing);
          const other = new TestDirector(fresh, configured(next));
          await fresh.clock.advance(seconds(4));
          expect(await seen(reloaded, director)).toEqual(await seen(fresh, other));
          // Once more, the same: nothing to change.
          const again = director.service.reload(true, () => {});
          await reloaded.clock.advance(seconds(1));
          expect(await again).toMatchObject({ ok: true, value: { changes: [] } });
        }
      }),
      { numRuns: Number(process.env.RELOAD_RUNS ?? 60) },
    );
  });

  it('removes no row that both files have, at no step of the way (60 pairs)', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(file, file, async (first, second) => {
        const at = world([]);
        const director = new TestDirector(at, configured(first));
        await at.clock.advance(seconds(4));
        const rows = (): string[] => at.table().flatMap((line) => rowsOf(line));
        const before = new Set(rows());
        const tried = at.ipvs.tried.length;
        at.file = second;
        const work = director.service.reload(false, () => {});
        await at.clock.advance(seconds(6));
        await work;
        const after = new Set(rows());
        for (const change of at.ipvs.tried.slice(tried)) {
          if (change.kind !== 'removeServer') continue;
          const { address, port } = change.server;
          const row = [...before].find((each) => each.includes(` ${address}:${port} `) && after.has(each));
          const key = change.service;
          const id = 'mark' in key ? '' : `${key.protocol}/${key.address}:${key.port}`;
          expect(row?.startsWith(`${id} `) === true ? row : null).toBeNull();
        }
      }),
      { numRuns: Number(process.env.RELOAD_RUNS ?? 60) },
    );
  });
});

/** `tcp/10.0.0.1:80 10.1.0.1:80 `, one a row. */
function rowsOf(line: string): string[] {
  const [id = '', ...rows] = line.split(' ');
  return rows.map((row) => `${id.replace(/:$/, '')} ${row.split('=')[0]} `);
}
