import fc from 'fast-check';
import { NO_STATS } from '../../../src/core/ipvs/apply.js';
import {
  type ActualServer,
  type ActualService,
  type DesiredServer,
  type DesiredService,
  familyOfService,
  IPIP,
  type ServerSettings,
  type ServiceKey,
  type ServiceSettings,
  serverId,
  serviceId,
  type Tunnel,
} from '../../../src/core/ipvs/table.js';
import type { Family, Ip } from '../../../src/values/ip.js';
import { ipv4FromNumber } from '../../../src/values/ipv4.js';
import type { Ipv6 } from '../../../src/values/ipv6.js';

/** A whole number from 0, below `below`: where a random table gets its choices from. */
export type Draw = (below: number) => number;

/** What Linux 6.1 has; `twos` came later. */
export const SCHEDULERS = 'rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh'.split(' ');

const one = <T>(draw: Draw, from: readonly T[]): T => from[draw(from.length)] as T;
const often = (draw: Draw): boolean => draw(3) > 0;

/** Small ranges, so that two random tables have rows in common. */
const vip = (family: Family, n: number): Ip =>
  family === 4 ? ipv4FromNumber(0x0a000001 + n) : (`fd00::${n + 1}` as Ipv6);
const rip = (family: Family, n: number): Ip =>
  family === 4 ? ipv4FromNumber(0x0a010001 + n) : (`fd00:1::${n + 1}` as Ipv6);

function key(draw: Draw): ServiceKey {
  const family = one<Family>(draw, [4, 6]);
  if (draw(5) === 4) return { mark: one(draw, [1, 0xffff_ffff]), family };
  const protocol = one(draw, ['tcp', 'udp', 'sctp'] as const);
  return { protocol, address: vip(family, draw(2)), port: one(draw, [80, 443]) };
}

function settings(draw: Draw, family: Family): ServiceSettings {
  const plain = often(draw);
  return {
    scheduler: one(draw, SCHEDULERS),
    hashFallback: !plain && draw(2) === 1,
    hashPort: !plain && draw(2) === 1,
    onePacket: !plain && draw(2) === 1,
    persistence: plain ? 0 : one(draw, [0, 30, 360, 2_678_400]),
    granularity: plain ? null : one(draw, family === 4 ? [null, 24, 1] : [null, 64, 1]),
    engine: !plain && draw(2) === 1 ? 'sip' : null,
  };
}

function tunnel(draw: Draw): Tunnel {
  switch (draw(3)) {
    case 0:
      return IPIP;
    case 1:
      return {
        type: 'gue',
        port: one(draw, [6080, 65_535]),
        checksum: one(draw, ['none', 'csum', 'remcsum'] as const),
      };
    default:
      return { type: 'gre', port: 0, checksum: one(draw, ['none', 'csum'] as const) };
  }
}

function server(draw: Draw, family: Family): DesiredServer {
  const other = draw(8) === 7;
  const forward = other ? 'tunnel' : one(draw, ['dr', 'masq', 'tunnel'] as const);
  const upper = often(draw) ? 0 : one(draw, [1, 1000, 0xffff_ffff]);
  const set: ServerSettings = {
    forward,
    weight: one(draw, [1, 0, 2, 65_535, 2_147_483_647]),
    upper,
    lower: upper === 0 ? 0 : one(draw, [0, 1, upper]),
    tunnel: forward === 'tunnel' ? tunnel(draw) : null,
  };
  const at: Family = other ? (family === 4 ? 6 : 4) : family;
  return { key: { address: rip(at, draw(4)), port: one(draw, [80, 443, 0]) }, settings: set };
}

/** A table as somebody could want it and the kernel takes it: different services, each with up to 5 different servers. */
export function desiredTable(draw: Draw): DesiredService[] {
  const services = new Map<string, DesiredService>();
  for (let left = draw(6); left > 0; left -= 1) {
    const k = key(draw);
    const family = familyOfService(k);
    const servers = new Map<string, DesiredServer>();
    for (let rows = draw(6); rows > 0; rows -= 1) {
      const row = server(draw, family);
      servers.set(serverId(row.key), row);
    }
    services.set(serviceId(k), { key: k, settings: settings(draw, family), servers: [...servers.values()] });
  }
  return [...services.values()];
}

/** What a desired table could have become: most rows as they are, some otherwise, some gone, some others. */
export function drifted(draw: Draw, table: readonly DesiredService[]): DesiredService[] {
  const kept = table
    .filter(() => draw(6) > 0)
    .map((s): DesiredService => {
      const family = familyOfService(s.key);
      const rows = s.servers
        .filter(() => draw(4) > 0)
        .map((row) => {
          const { settings: other } = server(draw, family);
          const fits = other.forward === 'tunnel' || row.settings.forward !== 'tunnel';
          return draw(3) === 0 && fits ? { ...row, settings: other } : row;
        });
      return { ...s, settings: draw(4) === 0 ? settings(draw, family) : s.settings, servers: rows };
    });
  const ids = idsOf(kept);
  return [...kept, ...desiredTable(draw).filter((s) => !ids.has(serviceId(s.key)))];
}

/** Rows as the kernel can show them and nobody can want them. */
export const worn = (draw: Draw, table: readonly ActualService[]): ActualService[] =>
  table.map((s) => ({
    ...s,
    ...(draw(8) === 7 ? { irregular: true as const } : {}),
    servers: s.servers.map((row): ActualServer => {
      const odd = draw(16);
      if (odd === 15) return { ...row, irregular: true };
      return odd > 12 ? { ...row, forward: odd === 13 ? 'local' : 'bypass', tunnel: null } : row;
    }),
  }));

/** A source of choices for fast-check, which makes them fewer and smaller while a property fails. */
const draws: fc.Arbitrary<Draw> = fc.array(fc.nat(0xffff), { maxLength: 300, size: 'max' }).map((choices) => {
  let next = 0;
  return (below) => (choices[next++] ?? 0) % below;
});

const shown = <T extends object>(value: T): T =>
  Object.assign(value, { [fc.toStringMethod]: () => JSON.stringify(value) });

/** Any table that can be wanted. */
export const desiredTables: fc.Arbitrary<DesiredService[]> = draws.map((draw) => shown(desiredTable(draw)));

/** A table that is wanted, and one that stands: a stranger to it, or one that drifted away from it. */
export const desiredAndStanding: fc.Arbitrary<readonly [DesiredService[], DesiredService[]]> = fc
  .tuple(draws, draws, fc.boolean())
  .map(([a, b, stranger]) => {
    const desired = desiredTable(a);
    return [shown(desired), shown(stranger ? desiredTable(b) : drifted(b, desired))] as const;
  });

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
      serviceLine(serviceId(key), settings),
      ...servers.map((row) => serverLine(serviceId(key), serverId(row.key), row)),
    ])
    .sort();

/** `tcp/10.0.0.1:80 sh 30 /24 pe=sip ops port`. The kernel keeps a mask without persistence, ipvsadm does not show it. */
export function serviceLine(id: string, s: ServiceSettings): string {
  const bits = s.persistence === 0 || s.granularity === null ? '' : ` /${s.granularity}`;
  // Neither does ipvsadm show flags of a scheduler by the names of another: they are told by their numbers.
  const flags = `${s.onePacket ? ' ops' : ''}${s.hashFallback ? ' 1' : ''}${s.hashPort ? ' 2' : ''}`;
  return `${id} ${s.scheduler} ${s.persistence}${bits}${s.engine === null ? '' : ` pe=${s.engine}`}${flags}`;
}

/** `tcp/10.0.0.1:80 -> 10.1.0.1:80 tunnel 1 gue:6080:csum <1000 >800`. */
export function serverLine(
  service: string,
  id: string,
  s: Omit<ServerSettings, 'forward'> & { forward: string },
): string {
  const t = s.tunnel;
  const wrap = t === null || t.type === 'ipip' ? '' : ` ${t.type}:${t.port}:${t.checksum}`;
  const limits = s.upper === 0 && s.lower === 0 ? '' : ` <${s.upper} >${s.lower}`;
  return `${service} -> ${id} ${s.forward} ${s.weight}${wrap}${limits}`;
}

/** The serviceIds of a table. */
export const idsOf = (table: readonly { readonly key: ServiceKey }[]): Set<string> =>
  new Set(table.map((service) => serviceId(service.key)));
