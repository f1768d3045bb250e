/** A sentence, a file, and each line that is said about it, without the file's name. */
export type BadFile = readonly [title: string, yaml: string, ...messages: string[]];

/** The keys of `vrrp` and of an instance, as messages list them. */
export const VRRP_KEYS = 'startup_delay, instances, sync_groups, notify_fifo';
export const INSTANCE_KEYS =
  'name, version, interface, virtual_router_id, priority, advert_int, preempt, preempt_delay, auth, checksum, unicast, source, virtual_addresses, excluded_addresses, virtual_mac, accept, routes, rules, track, connection_sync, notify, garp';

/** The kinds of checks, as messages list them. */
export const CHECK_KINDS = 'tcp, http, https, tls, udp, dns, icmp, script, file, smtp, redis, mysql, postgresql, grpc';
/** The keys of a tcp check. */
export const TCP_KEYS = 'type, address, bind, mark, port, interval, timeout, retries, retry_delay, jitter, rise, fall';

const below = (lines: readonly string[]): string => lines.map((line) => `      ${line}\n`).join('');

/** A sound instance, with further keys; the first of them stands in line 7. */
export const instance = (...lines: string[]): string => `vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [172.28.128.200/24]
${below(lines)}`;

/** A sound instance, with another value for one of its keys (lines 3 to 6). */
export const instanceWith = (key: string, value: string): string =>
  instance().replace(new RegExp(`${key}: .*`), `${key}: ${value}`);

/** A service with these keys; the first of them stands in line 4. */
export const service = (...lines: string[]): string => `ipvs:
  services:
    - address: 172.28.128.200:80
${below(lines)}`;

/** A service with a sound server and this one, in line 4 or behind further keys. */
export const server = (text: string, ...lines: string[]): string =>
  service(...lines, `servers: [{ address: 172.28.128.110:80 }, ${text}]`);

/** A service with this check, in line 4. */
export const check = (text: string): string => service(`check: ${text}`, 'servers: [{ address: 172.28.128.110:80 }]');

/** A sound script that an instance tracks, and this one in line 4. */
export const script = (text: string): string =>
  `track:\n  scripts:\n    - { name: chk, command: [/bin/true] }\n    - ${text}\n${instance('track: { scripts: [chk] }')}`;
