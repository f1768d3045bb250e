import { type DesiredService, PLAIN_SERVICE, plainServer, serverId, serviceId } from '../../src/core/ipvs/table.js';
import { ipv4FromNumber } from '../../src/values/ipv4.js';

export const SERVERS = 10;
const VIPS = 0x0a010000;
const REAL = 0x0a800000;

/** `services` services, 100 on an address, each with {@link SERVERS} servers of its own: direct route, rr, weight 1. */
export function tableOf(services: number): DesiredService[] {
  return Array.from({ length: services }, (_, s) => ({
    key: { protocol: 'tcp' as const, address: ipv4FromNumber(VIPS + 1 + Math.floor(s / 100)), port: 1000 + (s % 100) },
    settings: { ...PLAIN_SERVICE, scheduler: 'rr', persistence: 0 },
    servers: Array.from({ length: SERVERS }, (_, r) => ({
      key: { address: ipv4FromNumber(REAL + s * SERVERS + r + 1), port: 1000 + (s % 100) },
      settings: plainServer('dr', 1),
    })),
  }));
}

/** The same for keepalived, without health checks: all servers count as up at once. */
export function keepalivedConf(table: readonly DesiredService[]): string {
  const services = table.map(({ key, servers }) => {
    const rows = servers.map((row) => `  real_server ${serverId(row.key).replace(':', ' ')} { weight 1 }`);
    const head = `virtual_server ${serviceId(key).slice(4).replace(':', ' ')} {\n  lb_algo rr\n  lb_kind DR\n  protocol TCP`;
    return [head, ...rows, '}'].join('\n');
  });
  return ['global_defs { router_id bench }', ...services, ''].join('\n');
}
