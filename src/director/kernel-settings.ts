import type { Config, Server, Service } from '../config/schema.js';
import { IPIP, type ServerSettings, type ServiceSettings, type Tunnel } from '../core/ipvs/table.js';
import { TIMEOUTS, type TimeoutName } from '../core/ipvs/timeouts.js';
import type { Family } from '../values/ip.js';
import { toSeconds } from '../values/time.js';

/** What the kernel is told of a service; its clients of both families may be told apart by prefixes of their own. */
export function serviceSettings(service: Service, family: Family): ServiceSettings {
  const flags = service.scheduler_flags;
  const bits = service.persistence_granularity?.[family === 4 ? 'ipv4' : 'ipv6'] ?? null;
  return {
    scheduler: service.scheduler,
    hashFallback: flags.includes('fallback'),
    hashPort: flags.includes('port'),
    onePacket: service.one_packet,
    persistence: toSeconds(service.persistence),
    // The kernel shows no difference between whole addresses and a prefix as long as one.
    granularity: bits === (family === 4 ? 32 : 128) ? null : bits,
    engine: service.persistence_engine,
  };
}

/** What the kernel is told of a server. */
export const serverSettings = (
  server: Pick<Server, 'forward' | 'weight' | 'upper_threshold' | 'lower_threshold' | 'tunnel'>,
): ServerSettings => ({
  forward: server.forward,
  weight: server.weight,
  upper: server.upper_threshold,
  lower: server.lower_threshold,
  tunnel: server.forward === 'tunnel' ? tunnelOf(server.tunnel) : null,
});

/** The kernel’s tunnel of a configured one; nothing is IPIP. */
export const tunnelOf = (tunnel: Server['tunnel']): Tunnel =>
  tunnel === null || tunnel.type === 'ipip'
    ? IPIP
    : { type: tunnel.type, port: tunnel.port ?? 0, checksum: tunnel.checksum };

/** The timeouts of the file in seconds; what it leaves out is left out. */
export const wantedTimeouts = (given: Config['ipvs']['timeouts']): Partial<Record<TimeoutName, number>> =>
  Object.fromEntries(
    TIMEOUTS.flatMap((name) => {
      const time = given[name];
      return time === null ? [] : [[name, toSeconds(time)]];
    }),
  );
