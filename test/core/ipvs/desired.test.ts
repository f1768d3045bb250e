import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { desiredTable, isServing, type Observed, rowId, type ServiceSpec } from '../../../src/core/ipvs/desired.js';
import { PLAIN_SERVICE, plainServer } from '../../../src/core/ipvs/table.js';
import type { Admin, Health } from '../../../src/core/status.js';
import type { Ipv4 } from '../../../src/values/ipv4.js';

const key = { protocol: 'tcp', address: '10.0.0.1' as Ipv4, port: 80 } as const;
const row = (n: number) => rowId(key, { address: `10.0.0.${n}` as Ipv4, port: 80 });
const server = (n: number, weight = 1) => ({
  row: row(n),
  key: { address: `10.0.0.${n}` as Ipv4, port: 80 },
  settings: plainServer('dr', weight),
});
const service: ServiceSpec = {
  keys: [key],
  settings: { ...PLAIN_SERVICE, scheduler: 'rr', persistence: 0 },
  servers: [server(11), server(12, 3)],
};

function observed(health: Record<number, Health>, admin: Record<number, Admin> = {}, adopted: number[] = []): Observed {
  const last = (id: string) => Number(/\.(\d+):80$/.exec(id)?.[1]);
  return {
    health: (id) => health[last(id)] ?? 'up',
    admin: (id) => admin[last(id)] ?? 'ready',
    adopted: new Set(adopted.map(row)),
  };
}

/** `11=1 12=3`: the last number of each address and its weight. */
const rows = (o: Observed) =>
  desiredTable([service], o)[0]
    ?.servers.map((d) => `${d.key.address.slice(7)}=${d.settings.weight}`)
    .join(' ');

describe('the desired table', () => {
  it('has the servers that are up, with their weights', () => expect(rows(observed({}))).toBe('11=1 12=3'));

  it('has no row for a server that is down', () => expect(rows(observed({ 11: 'down' }))).toBe('12=3'));

  it('keeps a service whose servers are all down, without rows', () => {
    expect(desiredTable([service], observed({ 11: 'down', 12: 'down' }))).toEqual([
      { key, settings: service.settings, servers: [] },
    ]);
  });

  it('keeps the row of a drained server with weight 0, whether it is up, down or unknown', () => {
    for (const health of ['up', 'down', 'unknown'] as const) {
      expect(rows(observed({ 11: health }, { 11: 'drain' }))).toBe('11=0 12=3');
    }
  });

  it('has no row for a disabled server', () => expect(rows(observed({}, { 12: 'disabled' }))).toBe('11=1'));

  it('leaves a server without a verdict as the table was found', () => {
    expect(rows(observed({ 11: 'unknown', 12: 'unknown' }, {}, [12]))).toBe('12=3');
  });

  it('calls a service up while one server is up and ready', () => {
    expect(isServing(service, observed({ 11: 'down' }))).toBe(true);
    expect(isServing(service, observed({ 11: 'down', 12: 'unknown' }, {}, [12]))).toBe(false);
    expect(isServing(service, observed({ 11: 'down' }, { 12: 'drain' }))).toBe(false);
  });

  it('never gives weight to a server that is down or drained', () => {
    const health = fc.constantFrom<Health>('up', 'down', 'unknown');
    const admin = fc.constantFrom<Admin>('ready', 'drain', 'disabled');
    fc.assert(
      fc.property(fc.tuple(health, health), fc.tuple(admin, admin), (h, a) => {
        const o = observed({ 11: h[0], 12: h[1] }, { 11: a[0], 12: a[1] });
        const table = desiredTable([service], o)[0]?.servers ?? [];
        [11, 12].forEach((n, i) => {
          const weight = table.find((d) => d.key.address === `10.0.0.${n}`)?.settings.weight ?? null;
          if (h[i] === 'down' || a[i] !== 'ready') expect(weight ?? 0).toBe(0);
          if (a[i] === 'drain') expect(weight).toBe(0);
          if (h[i] === 'up' && a[i] === 'ready') expect(weight).toBe(service.servers[i]?.settings.weight);
        });
      }),
    );
  });
});
