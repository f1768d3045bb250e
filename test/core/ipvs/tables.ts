import fc from 'fast-check';
import { NO_STATS } from '../../../src/core/ipvs/apply.js';
import {
  type ActualService,
  type DesiredService,
  PLAIN_SERVICE,
  plainServer,
  type ServiceKey,
  serverId,
  serviceId,
} from '../../../src/core/ipvs/table.js';
import { ipv4FromNumber } from '../../../src/values/ipv4.js';

/** Small ranges, so that two random tables have rows in common. */
const key: fc.Arbitrary<ServiceKey> = fc.record({
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  address: fc.integer({ min: 1, max: 2 }).map((n) => ipv4FromNumber(0x0a000000 + n)),
  port: fc.constantFrom(80, 443),
});

/** Services as somebody could want them: different keys, each with up to 5 different servers. */
export const desiredTables: fc.Arbitrary<DesiredService[]> = fc.uniqueArray(
  fc.record({
    key,
    settings: fc
      .record({ scheduler: fc.constantFrom('rr', 'wrr', 'wlc', 'sh'), persistence: fc.constantFrom(0, 30, 360) })
      .map((some) => ({ ...PLAIN_SERVICE, ...some })),
    servers: fc.uniqueArray(
      fc.record({
        key: fc.record({
          address: fc.integer({ min: 1, max: 4 }).map((n) => ipv4FromNumber(0x0a010000 + n)),
          port: fc.constantFrom(80, 443),
        }),
        settings: fc
          .tuple(fc.constantFrom('masq' as const, 'dr' as const, 'tunnel' as const), fc.constantFrom(0, 1, 2, 65_535))
          .map(([forward, weight]) => plainServer(forward, weight)),
      }),
      { maxLength: 5, selector: (server) => serverId(server.key) },
    ),
  }),
  { maxLength: 5, selector: (service) => serviceId(service.key) },
);

/** What the kernel would show of a desired table that was put into an empty one. */
export const asActual = (table: readonly DesiredService[]): ActualService[] =>
  table.map(({ key, settings, servers }) => ({
    key,
    settings,
    stats: NO_STATS,
    servers: servers.map((server) => ({
      key: server.key,
      ...server.settings,
      activeConnections: 0,
      inactiveConnections: 0,
      persistentConnections: 0,
      stats: NO_STATS,
    })),
  }));

/** The part of a table that can be wanted, as sorted lines: what two tables are compared by. */
export const settled = (table: readonly ActualService[]): string[] =>
  table
    .flatMap(({ key, settings, servers }) => [
      `${serviceId(key)} ${settings.scheduler} ${settings.persistence}`,
      ...servers.map((row) => `${serviceId(key)} -> ${serverId(row.key)} ${row.forward} ${row.weight}`),
    ])
    .sort();

/** The serviceIds of a table. */
export const idsOf = (table: readonly { readonly key: ServiceKey }[]): Set<string> =>
  new Set(table.map((service) => serviceId(service.key)));
