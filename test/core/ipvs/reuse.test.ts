import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reuse } from '../../../src/core/ipvs/reuse.js';
import type { ActualService } from '../../../src/core/ipvs/table.js';
import { asActual, desiredAndStanding, desiredTables } from './tables.js';

const anew = (service: ActualService): ActualService => structuredClone(service);

describe('a service that is read again', () => {
  test('is the same object when it says the same', () => {
    fc.assert(
      fc.property(desiredTables, (table) => {
        for (const service of asActual(table)) expect(reuse(service, anew(service))).toBe(service);
      }),
    );
  });

  test('keeps the rows that the kernel lists the other way round', () => {
    fc.assert(
      fc.property(desiredTables, (table) => {
        for (const service of asActual(table)) {
          const found = anew({ ...service, servers: [...service.servers].reverse() });
          reuse(service, found).servers.forEach((row, i) => {
            expect(row).toBe(service.servers[service.servers.length - 1 - i]);
          });
        }
      }),
    );
  });

  test('always says what was read', () => {
    fc.assert(
      fc.property(desiredAndStanding, fc.boolean(), ([a, b], odd) => {
        const before = asActual(a);
        asActual(b).forEach((service, i) => {
          const found = odd ? { ...service, irregular: true as const } : service;
          const was = before[i];
          // A service is known by its key: it is never compared with another one's reading.
          expect(reuse(was && { ...was, key: found.key }, found)).toEqual(found);
        });
      }),
    );
  });

  test('keeps the rows whose counters stand, and only these', () => {
    const [before] = fc.sample(
      desiredTables.map((table) => asActual(table).find((s) => s.servers.length > 1)).filter((s) => s !== undefined),
      1,
    ) as [ActualService];
    const found = anew(before);
    const servers = found.servers.map((row, i) => (i === 0 ? { ...row, activeConnections: 7 } : row));
    const now = reuse(before, { ...found, servers });
    expect(now.servers[0]).toBe(servers[0]);
    expect(now.servers.slice(1).every((row, i) => row === before.servers[i + 1])).toBe(true);
    const busier = { ...found, stats: { ...found.stats, inBytes: 1 } };
    expect(reuse(before, busier)).toEqual(busier);
  });
});
