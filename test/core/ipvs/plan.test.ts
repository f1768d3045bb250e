import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../../src/core/ipvs/apply.js';
import { plan } from '../../../src/core/ipvs/plan.js';
import {
  type ActualService,
  type DesiredService,
  PLAIN_SERVICE,
  plainServer,
  serverId,
  serviceId,
  type TableChange,
} from '../../../src/core/ipvs/table.js';
import type { Ipv4 } from '../../../src/values/ipv4.js';
import { asActual, desiredAndStanding, idsOf, settled } from './tables.js';

const NOBODY: ReadonlySet<string> = new Set();

function web(servers: Record<string, number>, scheduler = 'rr', persistence = 0): DesiredService {
  return {
    key: { protocol: 'tcp', address: '10.0.0.1' as Ipv4, port: 80 },
    settings: { ...PLAIN_SERVICE, scheduler, persistence },
    servers: Object.entries(servers).map(([address, weight]) => ({
      key: { address: address as Ipv4, port: 80 },
      settings: plainServer('dr', weight),
    })),
  };
}

const TOLD = ['scheduler', 'persistence', 'forward', 'weight'];
const told = (settings: object): string[] =>
  TOLD.flatMap((k) => (k in settings ? [`${k} ${(settings as Record<string, unknown>)[k]}`] : []));

/** `addServer 10.0.0.2:80 weight 1`, one line a change. */
const transcript = (changes: readonly TableChange[]): string[] =>
  changes.map((change) => {
    const row = 'server' in change ? serverId(change.server) : serviceId(change.service);
    const settings = 'settings' in change ? told(change.settings) : [];
    return [change.kind, row, ...settings].join(' ');
  });

describe('the order of a plan', () => {
  test('a service that is not there is added, then its servers', () => {
    expect(transcript(plan([web({ '10.0.1.1': 1, '10.0.1.2': 2 })], [], NOBODY))).toEqual([
      'addService tcp/10.0.0.1:80 scheduler rr persistence 0',
      'addServer 10.0.1.1:80 forward dr weight 1',
      'addServer 10.0.1.2:80 forward dr weight 2',
    ]);
  });

  test('an identical table needs nothing', () => {
    const table = [web({ '10.0.1.1': 1 }, 'wrr', 30)];
    expect(plan(table, asActual(table), NOBODY)).toEqual([]);
  });

  test('new servers come first, then weights that rise, then those that fall, and removals last', () => {
    const actual = asActual([web({ '10.0.1.1': 1, '10.0.1.2': 0, '10.0.1.3': 1 })]);
    const desired = [web({ '10.0.1.1': 0, '10.0.1.2': 1, '10.0.1.4': 1 })];
    expect(transcript(plan(desired, actual, NOBODY))).toEqual([
      'addServer 10.0.1.4:80 forward dr weight 1',
      'editServer 10.0.1.2:80 forward dr weight 1',
      'editServer 10.0.1.1:80 forward dr weight 0',
      'removeServer 10.0.1.3:80',
    ]);
  });

  test('another scheduler or persistence edits the service and touches no server', () => {
    const actual = asActual([web({ '10.0.1.1': 1 })]);
    expect(transcript(plan([web({ '10.0.1.1': 1 }, 'wlc', 30)], actual, NOBODY))).toEqual([
      'editService tcp/10.0.0.1:80 scheduler wlc persistence 30',
    ]);
  });

  test('settings that we never make are edited away', () => {
    const [service] = asActual([web({ '10.0.1.1': 1 })]) as [ActualService];
    const irregular: ActualService = {
      ...service,
      irregular: true,
      servers: service.servers.map((row) => ({ ...row, irregular: true })),
    };
    const desired = [web({ '10.0.1.1': 1 })];
    const changes = plan(desired, [irregular], NOBODY);
    expect(changes.map((change) => change.kind)).toEqual(['editService', 'editServer']);
    expect(plan(desired, applyPlan([irregular], changes).table, NOBODY)).toEqual([]);
  });

  test('a service that is no longer wanted is removed when it is ours, and left alone when it is not', () => {
    const actual = asActual([web({ '10.0.1.1': 1 })]);
    expect(plan([], actual, NOBODY)).toEqual([]);
    expect(transcript(plan([], actual, idsOf(actual)))).toEqual(['removeService tcp/10.0.0.1:80']);
  });
});

describe('for any desired and actual table', () => {
  const pairs = fc
    .tuple(desiredAndStanding, fc.boolean())
    .map(([[desired, standing], ours]) => [desired, asActual(standing), ours] as const);

  test('the plan leads to the desired table, and from there nothing is left to do', () => {
    fc.assert(
      fc.property(pairs, ([desired, actual, ours]) => {
        const owned = ours ? idsOf(actual) : NOBODY;
        const { table, errors } = applyPlan(actual, plan(desired, actual, owned));
        expect(errors.filter((errno) => errno !== null)).toEqual([]);
        expect(plan(desired, table, owned)).toEqual([]);
        const foreign = ours ? [] : actual.filter((service) => !idsOf(desired).has(serviceId(service.key)));
        expect(settled(table)).toEqual(settled([...asActual(desired), ...foreign]));
      }),
    );
  });

  test('no step removes a server that both have, nor empties a service that has servers before and after', () => {
    fc.assert(
      fc.property(pairs, ([desired, actual]) => {
        let table: readonly ActualService[] = actual;
        const before = rowsOf(actual);
        const after = rowsOf(asActual(desired));
        for (const change of plan(desired, actual, idsOf(actual))) {
          table = applyPlan(table, [change]).table;
          const now = rowsOf(table);
          for (const [id, rows] of before) {
            const wanted = after.get(id) ?? new Map();
            for (const server of rows.keys()) if (wanted.has(server)) expect(now.get(id)?.has(server)).toBe(true);
            if (rows.size > 0 && wanted.size > 0) expect(now.get(id)?.size).toBeGreaterThan(0);
            if (serves(rows) && serves(wanted)) expect(serves(now.get(id) ?? new Map())).toBe(true);
          }
        }
      }),
    );
  });

  test('a plan names no service that is neither desired nor ours', () => {
    fc.assert(
      fc.property(pairs, ([desired, actual]) => {
        const named = plan(desired, actual, NOBODY).map((change) => serviceId(change.service));
        expect(named.filter((id) => !idsOf(desired).has(id))).toEqual([]);
      }),
    );
  });
});

const rowsOf = (table: readonly ActualService[]): Map<string, Map<string, number>> =>
  new Map(table.map((s) => [serviceId(s.key), new Map(s.servers.map((row) => [serverId(row.key), row.weight]))]));

/** Some server takes new connections. */
const serves = (rows: ReadonlyMap<string, number>): boolean => [...rows.values()].some((weight) => weight > 0);
