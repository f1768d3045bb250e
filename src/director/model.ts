import { keysOf } from '../config/ipvs-virtual.js';
import type { Check, Config, Server, Service } from '../config/schema.js';
import type { Thresholds } from '../core/health/rise-fall.js';
import type { Timing } from '../core/health/schedule.js';
import { rowId, type ServerSpec, type ServiceSpec } from '../core/ipvs/desired.js';
import { familyOfService, type ServerSettings, serverId, serverIn } from '../core/ipvs/table.js';
import type { Probe } from '../probe/probe.js';
import { formatEndpoint } from '../values/endpoint.js';
import { AlikeChecks, AlikeSettings } from './check-id.js';
import { serverSettings, serviceSettings } from './kernel-settings.js';
import { policyModel } from './policy-model.js';
import { agentProbe, probeOf, targetOf } from './probe-of.js';

/** One check of one address; all servers with the same address and the same settings share it. */
export interface CheckModel {
  /** What it is identified by: address and settings. */
  readonly id: string;
  readonly probe: Probe;
  readonly timing: Timing;
  readonly thresholds: Thresholds;
}

export interface ServerModel {
  /** What it is known by, also in what is stored. */
  readonly row: string;
  /** Its rows in the kernel, one for each key of its service. */
  readonly rows: readonly string[];
  /** `172.28.128.110:80`. */
  readonly address: string;
  readonly name: string | null;
  readonly spec: ServerSpec;
  /** null: it counts as up. */
  readonly check: CheckModel | null;
  /** Who is asked what its share should be; null: nobody. */
  readonly agent: CheckModel | null;
}

export interface ServiceModel {
  readonly name: string;
  readonly spec: ServiceSpec;
  readonly servers: readonly ServerModel[];
}

/** The configuration's services as the director works with them. */
export function modelOf(ipvs: Config['ipvs']): readonly ServiceModel[] {
  const made: Made = { checks: new Map(), alike: new AlikeChecks(), settings: new AlikeSettings() };
  return ipvs.services.map((service) => serviceModel(service, made));
}

/** What services have in common. */
interface Made {
  readonly checks: Map<string, CheckModel>;
  readonly alike: AlikeChecks;
  readonly settings: AlikeSettings<ServerSettings>;
}

function serviceModel(service: Service, made: Made): ServiceModel {
  const [key, ...more] = keysOf(service);
  // The schema refuses a service without an address.
  if (key === undefined) throw new Error(`${service.name} has no address`);
  const keys: ServiceSpec['keys'] = [key, ...more];
  const servers = service.servers.map((server): ServerModel => {
    const rows = keys.map((each) => flat(rowId(each, serverIn(each, server.address))));
    const spec: ServerSpec = {
      row: rows[0] ?? '',
      key: server.address,
      settings: made.settings.of(serverSettings(server)),
      ...(server.on_failure === service.on_failure ? {} : { onFailure: server.on_failure }),
    };
    return {
      row: spec.row,
      rows,
      address: spec.key.port === 0 ? spec.key.address : flat(serverId(spec.key)),
      name: server.name,
      spec,
      check: server.check === null ? null : shared(made, server, server.check, service.name),
      agent: server.agent === null ? null : agentOf(made.checks, server, server.agent),
    };
  });
  const families = new Set(keys.map(familyOfService));
  const settings = serviceSettings(service, familyOfService(key) === 6 && families.size === 1 ? 6 : 4);
  const settings6 = families.size === 2 ? { settings6: serviceSettings(service, 6) } : {};
  const policy = policyModel(service);
  const specs = servers.map((s) => s.spec);
  return { name: service.name, spec: { keys, settings, ...settings6, servers: specs, policy }, servers };
}

function shared({ checks, alike }: Made, server: Server, check: Check, service: string): CheckModel {
  const target = targetOf(server.address, check);
  // A script is told the name of the service: it is shared within that only.
  const { digest, timing, thresholds } = alike.of(check);
  const id = flat(`${formatEndpoint(target)} ${digest}${check.type === 'script' ? ` ${service}` : ''}`);
  const known = checks.get(id);
  if (known !== undefined) return known;
  const model: CheckModel = {
    id,
    probe: probeOf(target, check, service),
    timing,
    thresholds,
  };
  checks.set(id, model);
  return model;
}

/** The same text in one piece: one that was put together keeps its pieces, three or four times its own memory. */
const flat = (text: string): string => [text.slice(0, 1), text.slice(1)].join('');

/** The agent of a server, in the same form: servers of several services share it. */
function agentOf(checks: Map<string, CheckModel>, server: Server, agent: NonNullable<Server['agent']>): CheckModel {
  const probe = agentProbe(server.address, agent);
  const id = `agent ${formatEndpoint(probe.target)} ${JSON.stringify(agent)}`;
  const known = checks.get(id);
  if (known !== undefined) return known;
  const timing = { interval: agent.interval, retries: 0, retryDelay: agent.interval, jitter: agent.jitter };
  const model: CheckModel = { id, probe, timing, thresholds: { rise: 1, fall: 1 } };
  checks.set(id, model);
  return model;
}
