import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** How the servers of a table are checked: by a TCP connection, each so often. */
export interface Checking {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
}

/** For keepalived. Without checks all servers count as up at once. */
export function keepalivedConf(table: readonly DesiredService[], checking: Checking | null = null): string {
  const { timeoutSeconds: timeout = 0 } = checking ?? {};
  // A line each: it takes no blocks on one line within others.
  const check =
    checking === null
      ? ['']
      : ['TCP_CHECK {', `  connect_timeout ${timeout}`, '  retry 0', '  delay_before_retry 1', '}'];
  const often = checking === null ? '' : `\n  delay_loop ${checking.intervalSeconds}`;
  const services = table.map(({ key, servers }) => {
    const rows = servers.map((row) => {
      const [address, port] = serverId(row.key).split(':');
      return [`  real_server ${address} ${port} {`, '    weight 1', ...check.map((line) => `    ${line}`), '  }'].join(
        '\n',
      );
    });
    const head = `virtual_server ${serviceId(key).slice(4).replace(':', ' ')} {\n  lb_algo rr\n  lb_kind DR\n  protocol TCP`;
    return [head + often, ...rows, '}'].join('\n');
  });
  return ['global_defs { router_id bench }', ...services, ''].join('\n');
}

/** The same for directord, with its files in `folder`. @param more further keys of the file. */
export function directordYaml(
  table: readonly DesiredService[],
  folder: string,
  checking: Checking | null = null,
  more = '',
): string {
  const check =
    checking === null
      ? ''
      : `\n      check: { type: tcp, interval: ${checking.intervalSeconds}s, timeout: ${checking.timeoutSeconds}s, fall: 1 }`;
  const services = table.map(({ key, servers }) => {
    const rows = servers.map((row) => `        - { address: '${serverId(row.key)}' }`);
    const head = `    - address: ${serviceId(key).slice(4)}\n      scheduler: rr\n      forward: dr${check}\n      servers:`;
    return [head, ...rows].join('\n');
  });
  const own = `state_dir: ${folder}/state\ncontrol: { socket: ${folder}/control.sock, group: root }`;
  return `router_id: bench\n${own}\n${more}ipvs:\n  services:\n${services.join('\n')}\n`;
}

/** Writes the file of either, and says how it is started with it, in the foreground. */
export function commandOf(
  who: string,
  table: readonly DesiredService[],
  folder: string,
  directord: string,
  checking: Checking | null = null,
): string[] {
  const file = (name: string): string => join(folder, name);
  if (who === 'directord') {
    writeFileSync(file('directord.yaml'), directordYaml(table, folder, checking));
    return [process.execPath, directord, 'run', '--config', file('directord.yaml')];
  }
  writeFileSync(file('keepalived.conf'), keepalivedConf(table, checking));
  return [
    'keepalived',
    '-n',
    '-l',
    '-G',
    '-C',
    '-f',
    file('keepalived.conf'),
    '-p',
    file('pid'),
    '-c',
    file('checkers'),
  ];
}
