import { familyOfService } from '../values/service-key.js';
import { formatSet, keysOf, setsOf } from './ipvs-virtual.js';
import type { Finding, Path } from './problem.js';
import type { RawConfig } from './schema.js';

type Service = RawConfig['ipvs']['services'][number];
type Server = Service['servers'][number];

/** Schedulers of the kernel that look at no flag; sh and mh do, and one that we do not know may. */
const WITHOUT_FLAGS = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sed', 'nq', 'fo', 'ovf', 'twos'];

/** What of a service’s settings does not go together: the kernel would refuse it, or silently do nothing with it. */
export function optionFindings(service: Service, path: Path): Finding[] {
  return [
    ...marks(service, path),
    ...scheduling(service, path),
    ...persistence(service, path),
    ...tunnels(service, path),
    ...service.servers.flatMap((server, j) => thresholds(server, [...path, 'servers', j])),
  ];
}

const found = (path: Path, message: string): Finding[] => [{ path, message }];

function marks(service: Service, path: Path): Finding[] {
  const { family, fwmark, protocol } = service;
  // tcp is what a service has that names none; and in a group it is that of the addresses.
  if (fwmark !== null && protocol !== 'tcp') {
    return found(
      [...path, 'protocol'],
      `found ${protocol} with a fwmark, but packets of any protocol may have the mark; allowed: no such key here (let the packet filter mark ${protocol} alone), or an address`,
    );
  }
  if (family === null || fwmark !== null) return [];
  return found(
    [...path, 'family'],
    `found ipv${family}, but there is no fwmark: an address tells its family; allowed: no such key here`,
  );
}

function scheduling(service: Service, path: Path): Finding[] {
  const { scheduler, scheduler_flags: flags, one_packet, protocol } = service;
  const problems: Finding[] = [];
  const at = [...path, 'scheduler_flags'];
  if (flags.length > 0 && WITHOUT_FLAGS.includes(scheduler)) {
    problems.push({
      path: at,
      message: `found ${flags.join(', ')}, but ${scheduler} has no flags; allowed: none, or scheduler: sh or mh`,
    });
  }
  if (new Set(flags).size < flags.length) {
    problems.push({ path: at, message: `found ${flags.join(', ')}; allowed: each flag once` });
  }
  const addressed = service.fwmark === null;
  if (one_packet && addressed && protocol !== 'udp') {
    const message = `found true, but ${protocol} needs its connections; allowed: false, or protocol: udp`;
    problems.push({ path: [...path, 'one_packet'], message });
  }
  return problems;
}

function persistence(service: Service, path: Path): Finding[] {
  const { persistence: time, persistence_granularity: bits, persistence_engine: engine, protocol } = service;
  const problems: Finding[] = [];
  const say = (key: string, message: string) => problems.push({ path: [...path, key], message });
  const without = 'but without persistence it does nothing; allowed: persistence above 0s with it';
  if (time === 0) {
    if (bits !== null) say('persistence_granularity', `found a prefix length, ${without}`);
    if (engine !== null) say('persistence_engine', `found ${engine}, ${without}`);
    // ip_vs_genl takes the row, but such a service is found by persistence templates only.
    for (const { set, path: below } of setsOf(service)) {
      if ('fwmark' in set || set.port !== 0) continue;
      const message = `found ${formatSet(set)}, a service of every port, which needs persistence; allowed: a port, or persistence above 0s`;
      problems.push({ path: [...path, ...below], message });
    }
  }
  if (bits?.ipv4 != null && bits.ipv4 > 32 && keysOf(service).some((key) => familyOfService(key) === 4)) {
    say('persistence_granularity', `found ${bits.ipv4}; allowed: 1 to 32 of IPv4 addresses`);
  }
  if (engine === 'sip' && service.fwmark === null && protocol !== 'udp') {
    say(
      'persistence_engine',
      `found sip with protocol ${protocol}: the kernel looks for it in UDP only; allowed: protocol: udp with it`,
    );
  }
  return problems;
}

function tunnels(service: Service, path: Path): Finding[] {
  const problems: Finding[] = [];
  const unused = service.tunnel !== null && service.servers.every((server) => server.forward !== 'tunnel');
  if (service.tunnel !== null) {
    if (unused && service.forward !== 'tunnel') problems.push(...notTunnel(service.forward, [...path, 'tunnel']));
    problems.push(...tunnelFaults(service.tunnel, [...path, 'tunnel']));
  }
  for (const [j, server] of service.servers.entries()) {
    // What it has from its service is told there.
    if (server.tunnel === null || server.tunnel === service.tunnel) continue;
    const at = [...path, 'servers', j, 'tunnel'];
    if (server.forward !== 'tunnel') problems.push(...notTunnel(server.forward, at));
    problems.push(...tunnelFaults(server.tunnel, at));
  }
  return problems;
}

export const notTunnel = (forward: string, path: Path): Finding[] =>
  found(path, `found a tunnel with forward: ${forward}; allowed: forward: tunnel with it`);

/** ip_vs_add_dest: gue without a port is EINVAL; what the other types do not have, the kernel keeps and ignores. */
export function tunnelFaults({ type, port, checksum }: NonNullable<Server['tunnel']>, path: Path): Finding[] {
  const problems: Finding[] = [];
  if (type === 'gue' && port === null) {
    problems.push({
      path,
      message: 'found gue without a port; allowed: a port from 1 to 65535 with it, such as port: 6080',
    });
  }
  if (type !== 'gue' && port !== null) {
    problems.push({
      path: [...path, 'port'],
      message: `found ${port}, but ${type} has no port; allowed: none, or type: gue`,
    });
  }
  if ((type === 'ipip' && checksum !== 'none') || (type === 'gre' && checksum === 'remcsum')) {
    const allowed = type === 'ipip' ? 'none' : 'none, csum';
    problems.push({ path: [...path, 'checksum'], message: `found ${checksum}; allowed with ${type}: ${allowed}` });
  }
  return problems;
}

function thresholds({ upper_threshold: upper, lower_threshold: lower }: Server, path: Path): Finding[] {
  if (lower <= upper) return [];
  const above = upper === 0 ? 'without an upper_threshold' : `more than upper_threshold, ${upper}`;
  return found(
    [...path, 'lower_threshold'],
    `found ${lower}, ${above}; allowed: ${upper === 0 ? '0, or an upper_threshold with it' : `0 to ${upper}`}`,
  );
}
