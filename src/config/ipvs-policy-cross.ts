import { formatEndpoint } from '../values/endpoint.js';
import { nearest } from './nearest.js';
import type { Finding, Path } from './problem.js';
import type { RawConfig } from './schema.js';
import { addressFault } from './services-cross.js';
import { notTunnel, tunnelFaults } from './services-options.js';

type Service = RawConfig['ipvs']['services'][number];
type Instance = RawConfig['vrrp']['instances'][number];

const OWNER = 255;

/** What is wrong about availability policies. `instanceNames`: of all instances of the file, sound or not. */
export function policyFindings(
  { ipvs, vrrp }: RawConfig,
  instanceNames: readonly string[],
  balanced: ReadonlySet<string>,
): Finding[] {
  const synced = vrrp.instances.some((instance) => instance.connection_sync !== null);
  const services = ipvs.services.flatMap((service, i) => {
    const path: Path = ['ipvs', 'services', i];
    return [...quorum(service, path), ...sorry(service, path, synced), ...master(service, path, instanceNames)];
  });
  const known = [...new Set([...balanced, ...ipvs.services.map((service) => service.name)])];
  return [
    ...services,
    ...vrrp.instances.flatMap((instance, i) => addresses(instance, ['vrrp', 'instances', i], known)),
  ];
}

function quorum({ quorum: needed, quorum_hysteresis: hysteresis }: Service, path: Path): Finding[] {
  if (hysteresis < needed) return [];
  const message = `found ${hysteresis}, not less than the quorum: it could only be lost with the last server; allowed: 0 to ${needed - 1}`;
  return [{ path: [...path, 'quorum_hysteresis'], message }];
}

/** @param synced connections are synchronised between directors. */
function sorry(service: Service, path: Path, synced: boolean): Finding[] {
  const { sorry_server: given, servers } = service;
  if (given === null) return [];
  const at = [...path, 'sorry_server', 'address'];
  const address = formatEndpoint(given.address);
  const same = servers.some((s) => formatEndpoint(s.address) === address);
  const message = `found ${address}, which is a server of ${service.name} already; allowed: an address that is none of its servers`;
  if (same) return [{ path: at, message }];
  const unfit = addressFault(service, { ...given, check: null }, synced);
  if (unfit !== null) return [{ path: at, message: unfit }];
  // What it has from its service is told there.
  if (given.tunnel === null || given.tunnel === service.tunnel) return [];
  const below = [...path, 'sorry_server', 'tunnel'];
  return given.forward === 'tunnel' ? tunnelFaults(given.tunnel, below) : notTunnel(given.forward, below);
}

function master({ only_while_master: instance }: Service, path: Path, names: readonly string[]): Finding[] {
  if (instance === null || names.includes(instance)) return [];
  const near = nearest(instance, names);
  const allowed = names.length === 0 ? 'none, as there are no instances' : names.join(', ');
  const message = `found ${instance}, which is no instance under vrrp.instances${near === null ? ';' : `, did you mean ${near}?`} allowed: ${allowed}`;
  return [{ path: [...path, 'only_while_master'], message }];
}

/** `while_up` of an instance's addresses. @param known the names of all services. */
function addresses(instance: Instance, path: Path, known: readonly string[]): Finding[] {
  return (['virtual_addresses', 'excluded_addresses'] as const).flatMap((key) =>
    instance[key].flatMap(({ while_up: services = [] }, j) => {
      const at = [...path, key, j, 'while_up'];
      if (services.length > 0 && instance.priority === OWNER) {
        const message =
          'found on an instance with priority 255, whose addresses are the host’s own and never removed; allowed: priority 1 to 254';
        return [{ path: at, message }];
      }
      return services.flatMap((name) => (known.includes(name) ? [] : [{ path: at, message: noService(name, known) }]));
    }),
  );
}

function noService(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const allowed = known.length === 0 ? 'none, as there are no services' : known.join(', ');
  return `found ${name}, which ipvs.services does not have${near === null ? ';' : `, did you mean ${near}?`} allowed: ${allowed}`;
}

/** What is allowed, but probably not meant. */
export function policyWarnings({ ipvs }: RawConfig): Finding[] {
  return ipvs.services.flatMap((service, i) => {
    const path: Path = ['ipvs', 'services', i];
    const total = service.servers.reduce((sum, { weight }) => sum + weight, 0);
    const needed = service.quorum + service.quorum_hysteresis;
    const found: Finding[] = [];
    if (needed > 1 && needed > total) {
      const why = `${service.name} needs a weight of ${needed} to come up, but its servers have ${total} together`;
      found.push({
        path: [...path, 'quorum'],
        message: `${why}: it never has its quorum unless checks or verbs raise it`,
      });
    }
    if (service.slow_start > 0 && service.servers.every(({ weight }) => weight < 2)) {
      const why = `no server of ${service.name} has a weight above 1`;
      found.push({
        path: [...path, 'slow_start'],
        message: `${why}: there is nothing between 0 and 1 to rise through`,
      });
    }
    return found;
  });
}
