import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plan } from '../../src/core/ipvs/plan.js';
import {
  type ActualService,
  PLAIN_SERVICE,
  plainServer,
  type ServerKey,
  type ServiceKey,
  type TableChange,
} from '../../src/core/ipvs/table.js';
import type { IpvsTable } from '../../src/ports/ipvs.js';
import { formatFailure } from '../../src/values/failure.js';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import { asActual, desiredTables, idsOf, settled } from '../core/ipvs/tables.js';

/** An implementation under test, with an empty table of its own. */
export interface IpvsUnderTest {
  readonly table: IpvsTable;
  /** The table as somebody else reads it, in the form of `settled`. */
  judge(): Promise<readonly string[]>;
  /** Empties the table behind the implementation's back. */
  clear(): Promise<void>;
  end(): Promise<void>;
}

const service = (n = 1, protocol: 'tcp' | 'udp' = 'tcp'): ServiceKey => ({
  protocol,
  address: ipv4FromNumber(0x0a000000 + n),
  port: 80,
});
const server = (n: number): ServerKey => ({ address: ipv4FromNumber(0x0a010000 + n), port: 80 });
const addService = (key: ServiceKey, scheduler = 'rr', persistence = 0): TableChange => ({
  kind: 'addService',
  service: key,
  settings: { ...PLAIN_SERVICE, scheduler, persistence },
});
const addServer = (key: ServiceKey, row: ServerKey, weight = 1): TableChange => ({
  kind: 'addServer',
  service: key,
  server: row,
  settings: plainServer('dr', weight),
});
const editServer = (key: ServiceKey, row: ServerKey, weight: number): TableChange => ({
  ...(addServer(key, row, weight) as Extract<TableChange, { kind: 'addServer' }>),
  kind: 'editServer',
});

/**
 * What every IpvsTable does, in memory or in the kernel.
 * @param options.runs how many random tables are tried.
 */
export function ipvsContract(
  name: string,
  make: () => Promise<IpvsUnderTest>,
  options: { readonly runs: number },
): void {
  describe(`${name} keeps the contract of an IPVS table`, () => {
    let it: IpvsUnderTest;
    beforeEach(async () => {
      it = await make();
    });
    afterEach(() => it.end());

    async function dump(): Promise<readonly ActualService[]> {
      const table = await it.table.dump();
      if ('code' in table) throw new Error(formatFailure(table));
      return table;
    }
    const codes = async (changes: readonly TableChange[]) =>
      (await it.table.apply(changes)).map((failure) => failure?.code ?? null);

    test('it begins empty', async () => {
      expect(await dump()).toEqual([]);
      expect(await it.table.apply([])).toEqual([]);
    });

    test('what was put into it is read back, with counters at zero', async () => {
      const changes = [
        addService(service(), 'wrr', 30),
        addServer(service(), server(1), 0),
        addServer(service(), server(2), 7),
      ];
      expect(await codes(changes)).toEqual([null, null, null]);
      const [row] = await dump();
      expect(row).toMatchObject({
        key: service(),
        settings: { ...PLAIN_SERVICE, scheduler: 'wrr', persistence: 30 },
        stats: { connections: 0, inBytes: 0, outByteRate: 0 },
      });
      expect(row).not.toHaveProperty('irregular');
      expect(row?.servers.find((s) => s.key.address === server(2).address)).toMatchObject({
        key: server(2),
        forward: 'dr',
        weight: 7,
        activeConnections: 0,
        inactiveConnections: 0,
        persistentConnections: 0,
      });
      expect(settled(await dump())).toEqual(await it.judge());
    });

    test('services that are asked for by name are read alone, and those that are not there are left out', async () => {
      const changes = [
        addService(service(1), 'rr'),
        addServer(service(1), server(1), 3),
        addService(service(2), 'wrr'),
        addServer(service(2), server(2)),
        addService(service(3, 'udp'), 'rr'),
      ];
      expect(await codes(changes)).toEqual(changes.map(() => null));
      const read = async (...keys: ServiceKey[]) => {
        const found = await it.table.read(keys);
        if ('code' in found) throw new Error(formatFailure(found));
        return found;
      };
      const whole = await dump();
      const asked = await read(service(3, 'udp'), service(9), service(1), service(1, 'udp'));
      expect(settled(asked)).toEqual(settled(whole.filter((s) => s.settings.scheduler === 'rr')));
      expect(await read()).toEqual([]);
      expect(await read(service(7))).toEqual([]);
    });

    test('a hundred services are read by name at once', async () => {
      const keys = Array.from({ length: 100 }, (_, i) => service(i + 1));
      const changes = keys.flatMap((key, i) => [addService(key), addServer(key, server(i + 1), i + 1)]);
      expect((await codes(changes)).every((code) => code === null)).toBe(true);
      const found = await it.table.read(keys);
      if ('code' in found) throw new Error(formatFailure(found));
      expect(settled(found)).toEqual(settled(await dump()));
    });

    test('tcp and udp at one address and port are two services', async () => {
      const changes = [
        addService(service(1, 'tcp')),
        addService(service(1, 'udp')),
        addServer(service(1, 'udp'), server(1)),
      ];
      expect(await codes(changes)).toEqual([null, null, null]);
      expect(await it.judge()).toEqual([
        'tcp/10.0.0.1:80 rr 0',
        'udp/10.0.0.1:80 -> 10.1.0.1:80 dr 1',
        'udp/10.0.0.1:80 rr 0',
      ]);
    });

    test('edits change a service and a server, and nothing else', async () => {
      await it.table.apply([addService(service()), addServer(service(), server(1)), addServer(service(), server(2))]);
      const changes: TableChange[] = [
        { kind: 'editService', service: service(), settings: { ...PLAIN_SERVICE, scheduler: 'wlc', persistence: 60 } },
        { kind: 'editServer', service: service(), server: server(1), settings: plainServer('masq', 0) },
      ];
      expect(await codes(changes)).toEqual([null, null]);
      expect(await it.judge()).toEqual([
        'tcp/10.0.0.1:80 -> 10.1.0.1:80 masq 0',
        'tcp/10.0.0.1:80 -> 10.1.0.2:80 dr 1',
        'tcp/10.0.0.1:80 wlc 60',
      ]);
    });

    test('a removed server leaves the others, and a removed service takes its servers along', async () => {
      await it.table.apply([addService(service()), addServer(service(), server(1)), addServer(service(), server(2))]);
      expect(await codes([{ kind: 'removeServer', service: service(), server: server(1) }])).toEqual([null]);
      expect(await it.judge()).toEqual(['tcp/10.0.0.1:80 -> 10.1.0.2:80 dr 1', 'tcp/10.0.0.1:80 rr 0']);
      expect(await codes([{ kind: 'removeService', service: service() }])).toEqual([null]);
      expect(await it.judge()).toEqual([]);
    });

    test('a second service or server of the same key is EEXIST', async () => {
      await it.table.apply([addService(service()), addServer(service(), server(1))]);
      const failures = await it.table.apply([addService(service()), addServer(service(), server(1))]);
      expect(failures.map((failure) => failure && formatFailure(failure))).toEqual([
        'ipvs.addService tcp/10.0.0.1:80 is in the table already: EEXIST',
        'ipvs.addServer 10.1.0.1:80 of tcp/10.0.0.1:80 is in the table already: EEXIST',
      ]);
    });

    test('a change of a service that is not there is ESRCH', async () => {
      const changes: TableChange[] = [
        { kind: 'editService', service: service(), settings: { ...PLAIN_SERVICE, scheduler: 'rr', persistence: 0 } },
        { kind: 'removeService', service: service() },
        addServer(service(), server(1)),
        editServer(service(), server(1), 2),
        { kind: 'removeServer', service: service(), server: server(1) },
      ];
      expect(await codes(changes)).toEqual(['ESRCH', 'ESRCH', 'ESRCH', 'ESRCH', 'ESRCH']);
    });

    test('a change of a server that is not there is ENOENT', async () => {
      await it.table.apply([addService(service())]);
      const changes: TableChange[] = [
        editServer(service(), server(1), 2),
        { kind: 'removeServer', service: service(), server: server(1) },
      ];
      const failures = await it.table.apply(changes);
      expect(failures.map((failure) => failure && formatFailure(failure))).toEqual([
        'ipvs.editServer 10.1.0.1:80 of tcp/10.0.0.1:80: the server is not in the table: ENOENT',
        'ipvs.removeServer 10.1.0.1:80 of tcp/10.0.0.1:80: the server is not in the table: ENOENT',
      ]);
    });

    test('a scheduler that the kernel does not have is ENOENT, and the failure says how to load it', async () => {
      await it.table.apply([addService(service())]);
      const failures = await it.table.apply([
        addService(service(2), 'wrrx'),
        { kind: 'editService', service: service(), settings: { ...PLAIN_SERVICE, scheduler: 'wrrx', persistence: 0 } },
      ]);
      expect(failures.map((failure) => failure && formatFailure(failure))).toEqual([
        'ipvs.addService tcp/10.0.0.2:80: scheduler `wrrx` is not in this kernel; modprobe ip_vs_wrrx: ENOENT',
        'ipvs.editService tcp/10.0.0.1:80: scheduler `wrrx` is not in this kernel; modprobe ip_vs_wrrx: ENOENT',
      ]);
      expect(await it.judge()).toEqual(['tcp/10.0.0.1:80 rr 0']);
    });

    test('a weight below zero is ERANGE', async () => {
      await it.table.apply([addService(service())]);
      expect(await codes([addServer(service(), server(1), -1)])).toEqual(['ERANGE']);
    });

    test('a server at an address that is no host’s is EINVAL', async () => {
      await it.table.apply([addService(service())]);
      const odd = ['224.0.0.18', '255.255.255.255', '0.0.0.0'].map((address) => ({
        address: address as Ipv4,
        port: 80,
      }));
      expect(await codes(odd.map((row) => addServer(service(), row)))).toEqual(['EINVAL', 'EINVAL', 'EINVAL']);
    });

    test('a change that is refused stops none of the others', async () => {
      const changes = [addService(service()), addService(service()), addServer(service(), server(1))];
      expect(await codes(changes)).toEqual([null, 'EEXIST', null]);
      expect(await it.judge()).toEqual(['tcp/10.0.0.1:80 -> 10.1.0.1:80 dr 1', 'tcp/10.0.0.1:80 rr 0']);
    });

    test('of 5,000 changes of which every second is refused, each gets its own answer', async () => {
      await it.table.apply([addService(service())]);
      const changes = Array.from({ length: 5000 }, (_, i) => addServer(service(), server(1 + (i >> 1))));
      const answers = await codes(changes);
      expect(answers).toEqual(changes.map((_, i) => (i % 2 === 0 ? null : 'EEXIST')));
      expect((await dump())[0]?.servers.length).toBe(2500);
    });

    test('5,000 changes that are all refused each say so', async () => {
      const changes = Array.from({ length: 5000 }, (_, i) => addServer(service(), server(1 + i)));
      expect(new Set(await codes(changes))).toEqual(new Set(['ESRCH']));
    });

    test('dumps and changes that are asked at once come one after the other', async () => {
      const [before, added, between, removed, after] = await Promise.all([
        it.table.dump(),
        codes([addService(service()), addServer(service(), server(1))]),
        it.table.dump(),
        codes([{ kind: 'removeService', service: service() }]),
        it.table.dump(),
      ]);
      expect([before, added, removed, after]).toEqual([[], [null, null], [null], []]);
      expect(settled(between as readonly ActualService[])).toEqual([
        'tcp/10.0.0.1:80 -> 10.1.0.1:80 dr 1',
        'tcp/10.0.0.1:80 rr 0',
      ]);
    });

    test('what somebody else removed is missed at the next dump, and a plan puts it back', async () => {
      const changes = [addService(service()), addServer(service(), server(1))];
      await it.table.apply(changes);
      await it.clear();
      expect(await dump()).toEqual([]);
      expect(await codes([editServer(service(), server(1), 2)])).toEqual(['ESRCH']);
      expect(await codes(changes)).toEqual([null, null]);
    });

    test('a table of 1,300 services is read whole', async () => {
      const keys = Array.from({ length: 1300 }, (_, i) => service(1 + i));
      await it.table.apply(
        keys.flatMap((key) => [addService(key), addServer(key, server(1)), addServer(key, server(2))]),
      );
      const table = await dump();
      expect(idsOf(table)).toEqual(idsOf(keys.map((key) => ({ key }))));
      expect(new Set(table.map((s) => s.servers.length))).toEqual(new Set([2]));
    });

    test(`a plan between any two tables is accepted whole and leads there (${options.runs} pairs)`, async () => {
      await fc.assert(
        fc.asyncProperty(desiredTables, desiredTables, async (from, to) => {
          const left = await dump();
          expect(await codes(plan([], left, idsOf(left)))).toEqual(left.map(() => null));
          expect((await codes(plan(from, [], idsOf([])))).filter((code) => code !== null)).toEqual([]);
          const actual = await dump();
          expect(settled(actual)).toEqual(settled(asActual(from)));
          const changes = plan(to, actual, idsOf(actual));
          expect((await codes(changes)).filter((code) => code !== null)).toEqual([]);
          expect(plan(to, await dump(), idsOf(actual))).toEqual([]);
          expect(await it.judge()).toEqual(settled(asActual(to)));
        }),
        { numRuns: options.runs },
      );
    }, 600_000); // The judge is a process for each pair, and User Mode Linux starts processes slowly.
  });
}
